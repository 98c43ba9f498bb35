import { expect } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { CrashWorker } from './crash-worker.ts';
import type { Program } from '../support/program.ts';
import { readLines, sizeOf } from './log.ts';
import type { LogLine } from './log.ts';
import { endOf } from './orders.ts';
import type { OrderEnd } from './orders.ts';
import { RecordedAttempts } from './recorded.ts';
import type { LaunchOptions } from './worker-program.ts';

/** How often a worker is killed, and with how many orders. */
export interface Rounds {
  readonly program: Program;
  readonly plan: LaunchOptions;
  readonly kills: number;
  readonly random: () => number;
}

/** The result of the rounds. */
export interface RoundsReport {
  readonly kills: number;
  /** How many attempts were on record at each kill. */
  readonly recordedAtKills: readonly number[];
  /** Attempts that ran again although they were on record: there must be none. */
  readonly rerun: readonly string[];
  /** Attempts that ran again because a kill hit them under way, or before they were on record. */
  readonly repeated: number;
  readonly ends: readonly Pick<OrderEnd, 'ok' | 'value'>[];
  readonly lines: readonly LogLine[];
}

// The approximate size of an order's log lines; only used to spread the kills over the whole work.
const bytesOfOrder = 1_000;

/**
 * Kills the worker again and again, each time after it has written a random amount to its log, and
 * lets the last one end. In between it checks that nothing which is on record runs again.
 */
export async function crashRounds({ program, plan, kills, random }: Rounds): Promise<RoundsReport> {
  const { log, orders, databaseUrl } = plan;
  const recordedAtKills: number[] = [];
  const rerun: string[] = [];
  let recorded = new Set<string>();
  const database = await RecordedAttempts.open(databaseUrl);
  const check = (from: number): void => {
    const begun = readLines(log, from).filter(({ what }) => what === 'begin');
    rerun.push(...begun.map(attemptOf).filter((attempt) => recorded.has(attempt)));
  };
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      const from = sizeOf(log);
      const grown = from + random() * 1.6 * ((orders * bytesOfOrder) / (kills + 1));
      const worker = new CrashWorker(program, plan);
      await eventually('the worker to have got so far', () => {
        return worker.hasEnded || sizeOf(log) > grown;
      });
      if (worker.hasEnded) await worker.ends();
      await worker.kill();
      await database.settled();
      check(from);
      recorded = await database.read();
      recordedAtKills.push(recorded.size);
    }
    const from = sizeOf(log);
    const ends = await new CrashWorker(program, plan).ends();
    check(from);
    const lines = readLines(log);
    return { kills, recordedAtKills, rerun, repeated: repeatedIn(lines), ends, lines };
  } finally {
    await database.close();
  }
}

/** Checks that all orders ended as required, and that each effect has one key and happened once. */
export function expectRightEnds(
  ends: readonly Pick<OrderEnd, 'ok' | 'value'>[],
  lines: readonly LogLine[],
): void {
  const expected = Array.from(ends, (_, n) => endOf(n));
  expect(ends).toEqual(expected.map(({ ok, value }) => ({ ok, value })));
  const effects = lines.filter(({ what }) => what === 'effect');
  // A service does the work of each key once, so each step must have exactly one key.
  const keys = new Map<string, Set<string>>();
  for (const { run, step, key } of effects) {
    const name = `${run} ${step}`;
    keys.set(name, (keys.get(name) ?? new Set()).add(key));
  }
  expect([...keys.keys()].sort()).toEqual(expected.flatMap((end) => end.effects).sort());
  expect([...keys.values()].filter(({ size }) => size !== 1)).toEqual([]);
  expect(new Set(effects.map(({ key }) => key)).size).toBe(keys.size);
}

export function attemptOf({ run, step, attempt }: LogLine): string {
  return `${run} ${step} ${attempt}`;
}

function repeatedIn(lines: readonly LogLine[]): number {
  const begun = lines.filter(({ what }) => what === 'begin').map(attemptOf);
  return begun.length - new Set(begun).size;
}
