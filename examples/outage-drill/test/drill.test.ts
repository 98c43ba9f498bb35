import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interruptProgram, runProgram } from '@highway-examples/drill-kit/testing';
import type { EndedProgram } from '@highway-examples/drill-kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillResults, GroupResults } from '../src/report/results.ts';
import { portOf } from '../src/service/service.ts';

const patience = 60_000;
const program = new URL('../dist/main.js', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'outage-drill-'));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function readResults(file: string): DrillResults {
  return JSON.parse(readFileSync(file, 'utf8')) as DrillResults;
}

describe('a short drill', () => {
  const file = join(folder, 'drill.json');
  let ended: EndedProgram;
  let results: DrillResults;
  let bare: GroupResults;
  let own: GroupResults;

  beforeAll(async () => {
    ended = await runProgram(program, ['--seconds', '6', '--rate', '60', '--json', file]);
    results = readResults(file);
    bare = results.groups.find(({ name }) => name === 'bare')!;
    own = results.groups.find(({ name }) => name === 'fetch')!;
  }, patience);

  it('ends well, and leaves no process behind', () => {
    expect(ended).toMatchObject({ code: 0, errors: '', leftovers: false });
    expect(results).toMatchObject({ seconds: 6, rate: 60, seed: 1, interrupted: false });
  });

  it('shows a line for each second, the table and the verdict', () => {
    expect(ended.output.match(/^ +\d s (healthy|slow|outage|recovery)/gm)).toHaveLength(6);
    expect(ended.output).toContain('Requests during the outage');
    expect(ended.output).toContain('During the outage');
  });

  it('accounts for every call of every group', () => {
    for (const { figures } of results.groups) {
      expect(figures.calls).toBeGreaterThan(0);
      expect(figures.calls).toBeLessThanOrEqual(360);
      expect(figures.succeeded + figures.failed + figures.unfinished).toBe(figures.calls);
    }
  });

  it('counts in its seconds what it counts in all', () => {
    for (const { figures, perSecond } of results.groups) {
      const sum = (count: (second: (typeof perSecond)[number]) => number): number =>
        perSecond.reduce((total, second) => total + count(second), 0);
      expect(sum(({ succeeded }) => succeeded)).toBe(figures.succeeded);
      expect(sum(({ failed }) => failed)).toBe(figures.failed);
      expect(sum(({ requests }) => requests)).toBe(figures.requests);
    }
  });

  it('sends far fewer requests into the outage with createFetch', () => {
    const requests = own.figures.script!.requestsInOutage;
    expect(requests).toBeGreaterThan(0);
    expect(requests).toBeLessThan(bare.figures.script!.requestsInOutage / 2);
  });

  it('lets callers of createFetch wait less for failures', () => {
    const { waitForFailure } = own.figures;
    expect(waitForFailure.p50).toBeLessThan(bare.figures.waitForFailure.p50!);
    expect(waitForFailure.p99).toBeLessThan(bare.figures.waitForFailure.p99!);
    expect(waitForFailure.total).toBeLessThan(bare.figures.waitForFailure.total / 2);
  });

  it('fails fewer calls after the recovery, since nobody stampedes', () => {
    const [ours, others] = [own.figures.script!, bare.figures.script!];
    expect(ours.failedAfterRecovery).toBeLessThan(others.failedAfterRecovery);
    expect(ours.relapses).toBeLessThan(others.relapses);
  });

  it('tells how the circuit opened and was tested', () => {
    const states = own.circuit.map(({ to }) => to);
    expect(states[0]).toBe('OPEN');
    expect(states).toContain('HALF_OPEN');
    expect(bare.circuit).toEqual([]);
  });
});

describe('Ctrl-C', () => {
  it(
    'ends the drill with the table so far, and leaves no process behind',
    async () => {
      const file = join(folder, 'interrupted.json');
      const ended = await interruptProgram(program, ['--json', file], /^ +2 s healthy/m);
      const { code, output, leftovers } = ended;
      expect(code).toBe(130);
      expect(leftovers).toBe(false);
      expect(output).toContain('Requests during the outage');
      const { endedAt, groups, ...results } = readResults(file);
      expect(results.interrupted).toBe(true);
      expect(endedAt).toBeLessThan(20_000);
      for (const { figures } of groups) {
        expect(figures.succeeded).toBeGreaterThan(0);
        // The end of the drill is no outage.
        expect(figures.failures).not.toHaveProperty('connection');
      }
    },
    patience,
  );
});

describe('an endpoint of the user', () => {
  it(
    'is called with createFetch alone, and shows what can be known',
    async () => {
      let requests = 0;
      const server = createServer((_request, response) => {
        response.writeHead(requests++ % 2 === 0 ? 200 : 404).end();
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const url = `http://127.0.0.1:${portOf(server)}/health`;
      const file = join(folder, 'endpoint.json');
      const args = ['--seconds', '3', '--rate', '40', '--url', url, '--json', file];
      const { code, output, leftovers } = await runProgram(program, args);
      server.close();
      expect({ code, leftovers }).toEqual({ code: 0, leftovers: false });
      expect(output).toContain('Requests sent');
      expect(output).not.toContain('Relapses');
      const { groups, phases } = readResults(file);
      expect(phases).toEqual([]);
      expect(groups.map(({ name }) => name)).toEqual(['fetch']);
      expect(groups[0]!.figures).toMatchObject({ failed: 0, requests });
    },
    patience,
  );
});

describe('a bad option', () => {
  it(
    'ends the drill before it begins, with exit code 2 and one line on stderr',
    async () => {
      const { code, output, errors } = await runProgram(program, ['--seconds', 'soon']);
      expect(code).toBe(2);
      expect(output).toBe('');
      expect(errors).toMatch(/^[^\n]*--seconds[^\n]*'soon'[^\n]*3 to 600[^\n]*\n$/);
    },
    patience,
  );
});
