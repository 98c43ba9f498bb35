import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interruptProgram, isAlive, runProgram } from '@highway-examples/drill-kit/testing';
import type { EndedProgram } from '@highway-examples/drill-kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetGroupResults, FleetResults } from '../src/fleet/fleet-results.ts';

const patience = 60_000;
const program = new URL('../dist/main.js', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'fleet-drill-'));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function readResults(file: string): FleetResults {
  return JSON.parse(readFileSync(file, 'utf8')) as FleetResults;
}

/** The process of the store that a drill has started, as it says itself. */
function storeOf(output: string): number {
  return Number(/process (\d+)\./.exec(output)?.[1]);
}

describe('a short drill of fleets', () => {
  const file = join(folder, 'drill.json');
  let ended: EndedProgram;
  let results: FleetResults;
  let alone: FleetGroupResults;
  let fleet: FleetGroupResults;

  beforeAll(async () => {
    ended = await runProgram(program, ['--fleet', '3', '--seconds', '6', '--json', file]);
    results = readResults(file);
    alone = results.groups.find(({ name }) => name === 'alone')!;
    fleet = results.groups.find(({ name }) => name === 'fleet')!;
  }, patience);

  it('exits with code 0 and leaves no process and no store behind', () => {
    expect(ended).toMatchObject({ code: 0, errors: '', leftovers: false });
    expect(ended.output).toContain('through Redis on 127.0.0.1');
    expect(isAlive(storeOf(ended.output))).toBe(false);
    expect(results).toMatchObject({ processes: 3, store: 'redis', interrupted: false });
  });

  it('shows a line for each second, the table and the verdict', () => {
    expect(ended.output.match(/^ +\d s (healthy|slow|outage|recovery)/gm)).toHaveLength(6);
    expect(ended.output).toContain('Last process rejects after');
    expect(ended.output).toContain('3 processes alone');
  });

  it('accounts for every call and every process of both fleets', () => {
    for (const { figures, nodes, perSecond } of results.groups) {
      expect(figures.calls).toBeGreaterThan(0);
      expect(figures.succeeded + figures.failed + figures.unfinished).toBe(figures.calls);
      expect(nodes).toHaveLength(3);
      for (const { open, halfOpen, closed } of perSecond) expect(open + halfOpen + closed).toBe(3);
    }
  });

  it('opens the circuit in every process of the fleet, and none loses the store', () => {
    expect(fleet.fleet.allRejectAfter).not.toBeNull();
    expect(fleet.fleet.storeLosses).toBe(0);
    for (const { circuit } of fleet.nodes) expect(circuit.map(({ to }) => to)).toContain('OPEN');
  });

  it('makes fewer trial calls if the circuit is shared', () => {
    const trialCalls = ({
      fleet: { trialCallsInOutage, trialCallsInRecovery },
    }: FleetGroupResults): number => trialCallsInOutage + trialCallsInRecovery;
    expect(trialCalls(fleet)).toBeGreaterThan(0);
    expect(trialCalls(fleet)).toBeLessThan(trialCalls(alone));
  });
});

describe('Ctrl-C', () => {
  it(
    'ends a fleet drill with the table so far, and stops its store',
    async () => {
      const file = join(folder, 'interrupted.json');
      const args = ['--fleet', '2', '--store', 'postgres', '--json', file];
      const ended = await interruptProgram(program, args, /^ +1 s healthy/m);
      const { code, output, leftovers } = ended;
      expect({ code, leftovers }).toEqual({ code: 130, leftovers: false });
      expect(output).toContain('Last process rejects after');
      expect(isAlive(storeOf(output))).toBe(false);
      expect(readResults(file)).toMatchObject({ store: 'postgres', interrupted: true });
    },
    patience,
  );
});

describe("the user's own store", () => {
  it.each(['redis', 'postgres'])(
    'ends the drill with exit code 1 and one line if it is unreachable: %s',
    async (kind) => {
      const url = `${kind}://me:secret@127.0.0.1:1/0`;
      const { code, errors, leftovers } = await runProgram(program, [
        '--fleet',
        '2',
        '--store-url',
        url,
      ]);
      expect({ code, leftovers }).toEqual({ code: 1, leftovers: false });
      expect(errors).toMatch(/^\w+ at \w+:\/\/127\.0\.0\.1:1\/0 cannot be used: [^\n]+\n$/);
      expect(errors).toContain('ECONNREFUSED');
    },
    patience,
  );
});
