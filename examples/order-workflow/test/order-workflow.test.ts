import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interruptProgram, runProgram } from '@highway-examples/drill-kit/testing';
import type { EndedProgram } from '@highway-examples/drill-kit/testing';
import { startPostgres } from '@highway/servers';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderDrillResults, SideResults } from '../src/report/results.ts';

const patience = 180_000;
const program = new URL('../dist/main.js', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'order-workflow-'));
const postgres = await startPostgres();

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await postgres.stop();
});

function readResults(file: string): OrderDrillResults {
  return JSON.parse(readFileSync(file, 'utf8')) as OrderDrillResults;
}

/** The databases that the drill has left on the server. */
async function databasesLeft(): Promise<string[]> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<{ datname: string }>(
    "SELECT datname FROM pg_database WHERE datname LIKE 'highway_orders%'",
  );
  await client.end();
  return rows.map(({ datname }) => datname);
}

describe('a small drill on a Postgres of the user', () => {
  const file = join(folder, 'drill.json');
  let ended: EndedProgram;
  let results: OrderDrillResults;
  let highway: SideResults;
  let plain: SideResults;

  beforeAll(async () => {
    const options = ['--orders', '30', '--outage', '2', '--seed', '7', '--json', file];
    ended = await runProgram(program, [...options, '--database-url', postgres.url]);
    results = readResults(file);
    [highway, plain] = results.sides as [SideResults, SideResults];
  }, patience);

  it('ends well, and leaves no process and no database behind', async () => {
    expect(ended).toMatchObject({ code: 0, errors: '', leftovers: false });
    expect(results).toMatchObject({ orders: 30, seed: 7, interrupted: false });
    expect(await databasesLeft()).toEqual([]);
  });

  it('kills both workers twice, and still completes or compensates every order exactly once', () => {
    for (const { figures, worker } of [highway, plain]) {
      expect(figures).toMatchObject({ done: 28, compensated: 2, unfinished: 0, wrong: [] });
      expect(figures.kills).toBe(2);
      // A third worker comes only where the second has left something to do.
      const states = worker.map(({ state }) => state);
      expect(states.slice(0, 4)).toEqual(['up', 'killed', 'up', 'killed']);
    }
  });

  it('sends fewer calls into the outage than plain retries, and none too many after it', () => {
    expect(highway.figures.bankCallsInOutage).toBeLessThan(plain.figures.bankCallsInOutage);
    expect(highway.figures.rejectedForOverload).toBe(0);
  });

  it('counts in its seconds what it counts in all', () => {
    for (const { figures, perSecond } of [highway, plain]) {
      const calls = perSecond.map((second) => second.calls);
      const sum = calls.reduce(
        (total, { ok, down, overloaded }) => total + ok + down + overloaded,
        0,
      );
      expect(sum).toBe(figures.bankCalls);
    }
  });

  it('shows a line for each second, the table and the verdict', () => {
    expect(ended.output).toMatch(/^ +1 s healthy/m);
    expect(ended.output).toMatch(/^ +\d+ s recovery/m);
    expect(ended.output).toContain('Worker killed');
    expect(ended.output).toContain('every order was completed or compensated exactly once');
  });
});

describe('Ctrl-C', () => {
  it(
    'ends the drill with the table so far, and leaves no process and no folder behind',
    async () => {
      const file = join(folder, 'interrupted.json');
      const temporary = mkdtempSync(join(folder, 'tmp-'));
      vi.stubEnv('TMPDIR', temporary);
      const ended = await interruptProgram(program, ['--json', file], /^ +1 s healthy/m);
      const { code, output, leftovers } = ended;
      expect({ code, leftovers }).toEqual({ code: 130, leftovers: false });
      expect(output).toContain('Still open');
      expect(readResults(file)).toMatchObject({ interrupted: true, orders: 100 });
      expect(readdirSync(temporary)).toEqual([]);
      vi.unstubAllEnvs();
    },
    patience,
  );
});

describe('misuse', () => {
  it(
    'ends the drill before it begins, with exit code 2 and one line on stderr',
    async () => {
      const { code, output, errors } = await runProgram(program, ['--orders', 'many']);
      expect({ code, output }).toEqual({ code: 2, output: '' });
      expect(errors).toMatch(/^[^\n]*--orders[^\n]*'many'[^\n]*10 to 5000[^\n]*\n$/);
    },
    patience,
  );

  it(
    'says which server can not be used, without its password',
    async () => {
      const url = 'postgres://me:secret@127.0.0.1:1/shop';
      const { code, errors } = await runProgram(program, ['--database-url', url]);
      expect(code).toBe(1);
      expect(errors).toMatch(
        /^Postgres at 127\.0\.0\.1:1 can't be used: [^\n]*ECONNREFUSED[^\n]*\n$/,
      );
      expect(errors).not.toContain('secret');
    },
    patience,
  );
});
