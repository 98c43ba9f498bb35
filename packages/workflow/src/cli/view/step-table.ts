import type { RunDescription, StepDescription, StepEntry } from '../../client/run-types.ts';
import { duration, moment } from './durations.ts';
import type { Paint, Shade } from './paint.ts';
import { table } from './table.ts';
import type { Row } from './table.ts';
import { errorLine, oneLine, preview } from './format.ts';

const shades: Readonly<Record<StepEntry['state'], Shade>> = {
  done: 'good',
  failed: 'bad',
  retrying: 'wait',
  parked: 'wait',
  rejected: 'wait',
};

/** A table of a run's steps, with one line for each attempt and for each time that a step was parked. */
export function stepTable(run: RunDescription, now: number, paint: Paint): string {
  const head = ['STEP', 'STATE', 'ATTEMPT', 'AT', 'TOOK', 'WAITED', 'WHAT'];
  const end = run.endedAt?.getTime() ?? now;
  const rows = run.steps.flatMap((step) => {
    return step.entries.length > 0 ? entryRows(step, end) : [otherRow(step, run, end)];
  });
  return table(head, rows, paint);
}

function entryRows(step: StepDescription, end: number): Row[] {
  const title = oneLine(step.kind === 'compensation' ? `compensate ${step.name}` : step.name);
  return step.entries.map((entry, i): Row => {
    const { state, attempt, at, ms } = entry;
    const next = step.entries[i + 1]?.at.getTime();
    return [
      i === 0 ? title : '',
      { text: state, shade: shades[state] },
      String(attempt),
      moment(at),
      state === 'parked' ? '' : duration(ms),
      waited(entry, next, end),
      what(entry, step),
    ];
  });
}

/** How long the step waited after an entry: until the next one, or until now. */
function waited({ state, at, ms }: StepEntry, next: number | undefined, end: number): string {
  if (state === 'done' || state === 'failed') return '';
  const since = at.getTime() + ms;
  return next === undefined ? `${duration(end - since)} so far` : duration(next - since);
}

function what({ state, error, circuit }: StepEntry, step: StepDescription): string {
  if (state === 'parked') {
    return circuit === undefined || circuit === '' ? '' : `circuit ${oneLine(circuit)}`;
  }
  return error === undefined ? preview(step.value) : errorLine(error);
}

/** A row for a sleep, a wait for a signal, child runs and the like, which have no attempts. */
function otherRow(step: StepDescription, run: RunDescription, end: number): Row {
  const { name, kind, startedAt, endedAt } = step;
  const sleeps = run.status === 'sleeping' && step === run.steps.at(-1);
  const took = startedAt === undefined ? '' : duration((endedAt?.getTime() ?? end) - +startedAt);
  return [
    // The journal doesn't have the name of the signal, or the key.
    ['sleep', 'publish', 'waitFor'].includes(kind) ? kind : oneLine(`${kind} ${name}`),
    sleeps ? { text: 'sleeping', shade: 'busy' } : { text: 'done', shade: 'good' },
    '',
    startedAt === undefined ? '' : moment(startedAt),
    kind === 'sleep' ? '' : took,
    '',
    preview(step.value),
  ];
}
