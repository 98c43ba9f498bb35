import { describe, expect, it } from 'vitest';
import * as resilience from '@highway/resilience';
import * as testing from '@highway/resilience/testing';

describe('the entry points', () => {
  it.each([
    ['@highway/resilience', resilience],
    ['@highway/resilience/testing', testing],
  ])('include %s, which loads and has no default export', (_name, entryPoint) => {
    expect(entryPoint).toBeTypeOf('object');
    expect(entryPoint).not.toHaveProperty('default');
  });
});
