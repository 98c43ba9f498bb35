import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Remains, Variant } from './many-calls.ts';

/** `npm run test:leaks` asks for ten million. */
const manyCalls = Number(process.env['LEAK_CALLS'] ?? 1_000_000);

/**
 * How much larger the heap may be in the end. The engine goes on to compile and to optimize while
 * the calls are made, which takes some tens of kilobytes; a leak of one pointer for each hundred
 * calls would take more than this after ten million of them, one of an object for each call after
 * a few thousand.
 */
const marginBytes = 512 * 1024;

/**
 * A disarmed call or a linked signal leaves a link that goes when its signal does, in whatever turn the engine finalizes
 * it: some are still there when the heap is measured. All of them would be a hundred megabytes.
 */
const linkMarginBytes = 8 * 1024 * 1024;

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'highway-leaks-'));
const program = join(folder, 'many-calls.mjs');

beforeAll(async () => {
  await build({
    entryPoints: [source('./many-calls.ts')],
    alias: {
      '@highway/resilience': source('../../src/index.ts'),
      '@highway/resilience/testing': source('../../src/testing/index.ts'),
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    outfile: program,
  });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function run(variant: Variant, calls: number): Promise<Remains> {
  const args = ['--expose-gc', program, String(calls), variant];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Remains;
}

describe('what many calls leave, one in a hundred of which failed at first', () => {
  it.each<[what: string, variant: Variant, calls: number]>([
    ['that nobody can cancel', 'plain', manyCalls],
    ['on one long-lived signal', 'signal', manyCalls],
    ['on one long-lived signal, under a timeout', 'signal and timeout', manyCalls],
    // Each of these makes a real signal, which costs as much as ten of the others.
    ['on one long-lived signal, with their timeouts disarmed', 'disarm', manyCalls / 5],
    ['on two long-lived signals, linked for each call', 'linked', manyCalls / 5],
  ])(
    'is nothing for calls %s',
    async (_what, variant, calls) => {
      const remains = await run(variant, calls);
      const failed = calls / 10_000;
      expect(remains).toMatchObject({
        listeners: 0,
        unhandledRejections: 0,
        failed,
        succeeded: calls - failed,
      });
      const margin = variant === 'disarm' || variant === 'linked' ? linkMarginBytes : marginBytes;
      expect(remains.heapAfter - remains.heapBefore).toBeLessThan(margin);
    },
    1_800_000,
  );
});
