import { describe, expect, it } from 'vitest';
import { checkCoreImport } from './rooms.mjs';

describe('checkCoreImport', () => {
  it.each([
    ['index.ts', './retry/index.ts'],
    ['pipeline.ts', './internal/ring.ts'],
    ['retry/retry.ts', './options.ts'],
    ['retry/retry.ts', '../internal/ring.ts'],
    ['retry/retry.ts', '../clock.ts'],
    ['failsafe/order.ts', '../retry/index.ts'],
    ['registry/registry.ts', '../failsafe/index.ts'],
    ['internal/attempt.ts', './scope.ts'],
    ['testing/manual-clock.ts', '../clock.ts'],
  ])('lets %s import %s', (file, specifier) => {
    expect(checkCoreImport(file, specifier)).toBeUndefined();
  });

  it.each([
    ['retry/retry.ts', '../circuit-breaker/index.ts'],
    ['retry/retry.ts', '../failsafe/index.ts'],
    ['retry/retry.ts', '../index.ts'],
    ['pipeline.ts', './retry/index.ts'],
    ['internal/ring.ts', '../retry/index.ts'],
    ['clock.ts', './index.ts'],
    ['testing/chaos.ts', '../retry/retry.ts'],
    ['retry/retry.ts', '../testing/index.ts'],
    ['retry/retry.ts', '../../test/support/clock.ts'],
    ['retry/retry.ts', 'node:timers'],
  ])('forbids %s to import %s', (file, specifier) => {
    expect(checkCoreImport(file, specifier)).toContain(file);
  });
});
