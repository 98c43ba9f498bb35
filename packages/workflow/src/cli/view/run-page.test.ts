import { describe, expect, it } from 'vitest';
import type {
  RunDescription,
  RunSummary,
  StepDescription,
  StepEntry,
} from '../../client/run-types.ts';
import { plain } from './paint.ts';
import { countTable, runTable, statuses } from './run-list.ts';
import { runPage } from './run-page.ts';

const start = Date.UTC(2026, 0, 2, 3, 4, 5);

const summary: RunSummary = {
  id: 'o-1',
  workflow: 'buy',
  status: 'parked',
  circuit: 'bank',
  step: 'pay',
  version: '7',
  executor: 'host-1',
  createdAt: new Date(start),
  updatedAt: new Date(start),
};

const entry = (after: number, given: Partial<StepEntry>): StepEntry => ({
  state: 'done',
  attempt: 1,
  at: new Date(start + after),
  ms: 10,
  ...given,
});

const step = (name: string, given: Partial<StepDescription>): StepDescription => ({
  name,
  kind: 'step',
  first: 0,
  last: 0,
  entries: [],
  ...given,
});

const run = (given: Partial<RunDescription>): RunDescription => ({
  ...summary,
  input: { id: 1 },
  compensated: [],
  steps: [],
  children: [],
  published: {},
  ...given,
});

describe('runPage', () => {
  it('shows each attempt with its error and the wait after it', () => {
    const entries = [
      entry(0, { state: 'retrying', error: new TypeError('503') }),
      entry(510, { state: 'parked', attempt: 2, circuit: 'bank', ms: 0 }),
    ];
    const page = runPage(run({ steps: [step('pay', { entries })] }), start + 60_510, plain);
    expect(page).toBe(
      [
        'Run          o-1',
        'Workflow     buy, version 7',
        'Status       parked on bank',
        'Started      2026-01-02 03:04:05.000Z, 1m 1s ago',
        'Executor     host-1',
        'Input        {"id":1}',
        '',
        'STEP  STATE     ATTEMPT  AT                        TOOK  WAITED     WHAT',
        'pay   retrying  1        2026-01-02 03:04:05.000Z  10ms  500ms      TypeError: 503',
        '      parked    2        2026-01-02 03:04:05.510Z        1m so far  circuit bank',
      ].join('\n'),
    );
  });

  it('shows the error of a run with its cause, and the compensated steps', () => {
    const ended = run({
      status: 'compensated',
      endedAt: new Date(start + 1_500),
      error: new Error('sold out', { cause: new Error('none left') }),
      compensated: ['reserve'],
      steps: [
        step('reserve', { entries: [entry(0, {})], value: { hold: 5 } }),
        step('reserve', { kind: 'compensation', entries: [entry(20, {})] }),
      ],
    });
    const page = runPage(ended, start + 9_000, plain);
    expect(page).toContain('Ended        2026-01-02 03:04:06.500Z, after 1.5s\n');
    expect(page).toContain(
      'Error        Error: sold out\nCaused by    Error: none left\nCompensated  reserve',
    );
    expect(page).toMatch(/^reserve +done +1 .* \{"hold":5\}\ncompensate reserve +done +1 /m);
  });

  it('shows sleeps, waits, published values and child runs', () => {
    const slept = run({
      status: 'sleeping',
      until: new Date(start + 120_000),
      steps: [
        step('recv', { kind: 'waitFor', value: 'yes', startedAt: new Date(start) }),
        step('sleep', { kind: 'sleep', startedAt: new Date(start) }),
      ],
      published: { stage: 'packed' },
      children: [{ ...summary, id: 'o-1/lines/0', parent: 'o-1', status: 'queued' }],
    });
    const page = runPage(slept, start + 60_000, plain);
    expect(page).toContain('Status       sleeping on bank, 1m left');
    expect(page).toMatch(/^waitFor +done .* "yes"$/m);
    expect(page).toMatch(/^sleep +sleeping /m);
    expect(page).toContain('PUBLISHED  VALUE\nstage      "packed"');
    expect(page).toMatch(/^o-1\/lines\/0 +buy +queued/m);
  });
});

describe('runTable', () => {
  it('shows each run on one line, whatever its strings contain', () => {
    const text = runTable([{ ...summary, id: 'a\nb', step: 'compensate/pay' }], start, plain);
    expect(text.split('\n')).toHaveLength(2);
    expect(text).toContain('compensate pay');
  });
});

describe('countTable', () => {
  it('lists statuses in the order of a run, with the circuits below the parked runs', () => {
    const counts = { statuses: { done: 3, parked: 2, queued: 1 }, circuits: { bank: 1, '': 1 } };
    expect(countTable(counts, plain).split('\n').slice(1)).toEqual([
      'queued                         1',
      'parked                         2',
      '  on bank                      1',
      '  on a circuit without a name  1',
      'done                           3',
    ]);
  });

  it('knows every status', () => {
    expect(statuses).toHaveLength(10);
  });

  it('says so if there are no runs', () => {
    expect(countTable({ statuses: {}, circuits: {} }, plain)).toBe('No runs');
  });
});
