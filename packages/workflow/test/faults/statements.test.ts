import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '@highway/resilience';
import { seededRandom } from '@highway/resilience/testing';
import { startPostgres } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Faults } from '../support/faults.ts';
import type { Fault } from '../support/faults.ts';
import { expectedEnd, Trips } from './scenario.ts';
import type { TripEnd, TripInput } from './scenario.ts';

/** Which part of all combinations to run, such as `2/4`; by default, a sample of them. */
const part = process.env['FAULT_PART'];
const seed = Number(process.env['FAULT_SEED'] ?? 1);
const sample = 40;
// A lost claim is noticed after some heartbeats.
const retryForMs = 60_000;

interface Combination {
  readonly at: number;
  readonly fault: Fault;
  readonly fails: boolean;
}

const codes = ['57014', '25006', '40001', '55P03', '42501', '53100', '08006'];
const faultsToTry: readonly Fault[] = [
  ...codes.map((code) => ({ kind: 'error', code }) as const),
  { kind: 'cut' },
  { kind: 'lost' },
];

let postgres: RunningServer;
let faults: Faults;
let trips: Trips;

beforeAll(async () => {
  postgres = await startPostgres();
  faults = new Faults();
  trips = new Trips(postgres.url);
  await trips.highway.start();
}, 120_000);

afterAll(async () => {
  await trips.highway.stop();
  faults[Symbol.dispose]();
  await postgres.stop();
});

/** How many statements a trip takes without faults. */
async function countStatements(fails: boolean): Promise<number> {
  faults.disarm();
  expect(await trips.make({ id: `well-${fails}`, fails })).toEqual(expectedEnd(fails));
  return faults.count;
}

/** All combinations of a statement, a fault, and an end of the trip. */
async function combine(): Promise<Combination[]> {
  const all: Combination[] = [];
  for (const fails of [false, true]) {
    const statements = await countStatements(fails);
    for (let at = 1; at <= statements; at += 1) {
      for (const fault of faultsToTry) all.push({ at, fault, fails });
    }
  }
  return all;
}

/** The combinations of a part, interleaved, so that all parts take equally long. */
function take(all: readonly Combination[]): Combination[] {
  if (part === undefined) {
    const random = seededRandom(seed);
    return Array.from({ length: sample }, () => all[Math.floor(random() * all.length)]!);
  }
  const [which = 1, of = 1] = part.split('/').map(Number);
  return all.filter((_, n) => n % of === which - 1);
}

/** Runs a trip; fails with a hint if it doesn't end. */
async function make(input: TripInput): Promise<TripEnd | string> {
  let timer: unknown;
  const late = new Promise<string>((resolve) => {
    timer = systemClock.setTimeout(() => {
      resolve(`not within ${retryForMs} ms`);
    }, retryForMs);
  });
  const end = trips.make(input).catch((error: unknown) => `the caller was told: ${String(error)}`);
  return Promise.race([end, late]).finally(() => {
    systemClock.clearTimeout(timer);
  });
}

describe('a run with one failing statement', () => {
  it(
    'ends correctly, compensates nothing wrongly and repeats no recorded step, whichever statement fails and how',
    async () => {
      const tried = take(await combine());
      const wrong: unknown[] = [];
      let hits = 0;
      for (const [n, { at, fault, fails }] of tried.entries()) {
        faults.arm(at, fault);
        const end = await make({ id: `trip-${n}`, fails });
        if (faults.hit !== undefined) hits += 1;
        if (isDeepStrictEqual(end, expectedEnd(fails))) continue;
        const what = { at, fault, fails, statement: faults.hit, end };
        wrong.push(what);
        if (part !== undefined) console.log(`wrong: ${JSON.stringify(what)}`);
      }
      if (part !== undefined) {
        console.log(`tried ${tried.length}, hit ${hits}, wrong ${wrong.length}`);
      }
      expect(wrong).toEqual([]);
      expect(hits).toBeGreaterThan(tried.length / 2);
    },
    part === undefined ? 120_000 : 7_200_000,
  );
});
