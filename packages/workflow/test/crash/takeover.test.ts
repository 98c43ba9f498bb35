import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@highway/servers';
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { attemptOf, expectRightEnds } from './crash-rounds.ts';
import { compileProgram } from '../support/program.ts';
import { CrashWorker } from './crash-worker.ts';
import { readLines } from './log.ts';
import type { LogLine } from './log.ts';
import { RecordedAttempts } from './recorded.ts';
import { scale } from './scale.ts';

it(
  'finishes the workflows of a killed process in another one on the same database',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'highway-takeover-'));
    const log = join(folder, 'log');
    writeFileSync(log, '');
    try {
      using program = await compileProgram('crash/worker-program.ts');
      await using postgres = await startPostgres();
      const { orders } = scale;
      // A low concurrency, so that both have work.
      const plan = { databaseUrl: postgres.url, log, orders, stepMs: 100, concurrency: 4 };
      const first = new CrashWorker(program, { ...plan, worker: 'first' });
      await eventually('the first worker to be at work', () => linesOf(log, 'first').length > 10);
      const second = new CrashWorker(program, { ...plan, worker: 'second' });
      await eventually('the second worker to be at work', () => linesOf(log, 'second').length > 5);
      await first.kill();
      const recorded = await recordedIn(postgres.url);
      const known = readLines(log).length;

      const ends = await second.ends();
      const lines = readLines(log);
      const after = lines.slice(known).filter(({ what }) => what === 'begin');
      expect(after.map(attemptOf).filter((attempt) => recorded.has(attempt))).toEqual([]);
      expectRightEnds(ends, lines);
      const left = new Set(linesOf(log, 'first').map(({ run }) => run));
      const taken = new Set(after.map(({ run }) => run).filter((run) => left.has(run)));
      expect(taken.size).toBeGreaterThan(0);
      if (scale.tells) {
        console.log(`${taken.size} workflows of the killed process were finished by the other one`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  scale.timeoutMs,
);

function linesOf(log: string, worker: string): LogLine[] {
  return readLines(log).filter((line) => line.worker === worker);
}

async function recordedIn(url: string): Promise<Set<string>> {
  const database = await RecordedAttempts.open(url);
  try {
    return await database.read();
  } finally {
    await database.close();
  }
}
