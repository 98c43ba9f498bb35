import { seededRandom } from '@highway/resilience/testing';
import { startPostgres } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Faults } from '../support/faults.ts';
import type { Fault } from '../support/faults.ts';
import { expectedEnd, Trips } from './scenario.ts';

const full = process.env['FAULT_TESTS'] === 'full';
const seed = Number(process.env['FAULT_SEED'] ?? 1);
const sample = 40;

const codes = ['57014', '25006', '40001', '55P03', '42501', '53100', '08006'];
const faultsToTry: readonly Fault[] = [
  ...codes.map((code) => ({ kind: 'refused', code }) as const),
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

/** How many statements a trip takes when all goes well. */
async function countStatements(fails: boolean): Promise<number> {
  faults.disarm();
  expect(await trips.make({ id: `well-${fails}`, fails })).toEqual(expectedEnd(fails));
  return faults.count;
}

function pick<T>(all: readonly T[], random: () => number): T {
  return all[Math.floor(random() * all.length)]!;
}

describe('a run of which the database refuses one statement', () => {
  it(
    'ends right, undoes nothing wrongly and calls no step again, whichever statement and answer it is',
    async () => {
      const random = seededRandom(seed);
      const all: { at: number; fault: Fault; fails: boolean }[] = [];
      for (const fails of [false, true]) {
        const statements = await countStatements(fails);
        for (let at = 1; at <= statements; at += 1) {
          for (const fault of faultsToTry) all.push({ at, fault, fails });
        }
      }
      const tried = full ? all : Array.from({ length: sample }, () => pick(all, random));
      let hits = 0;
      for (const [n, { at, fault, fails }] of tried.entries()) {
        faults.arm(at, fault);
        const end = await trips.make({ id: `trip-${n}`, fails });
        const what = `statement ${at}, ${JSON.stringify(fault)}: ${faults.hit}`;
        if (faults.hit !== undefined) hits += 1;
        expect({ what, end }).toEqual({ what, end: expectedEnd(fails) });
      }
      console.log(`${tried.length} of ${all.length} combinations; ${hits} statements went wrong`);
      expect(hits).toBeGreaterThan(tried.length / 2);
    },
    full ? 3_600_000 : 120_000,
  );
});
