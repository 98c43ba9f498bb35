import type { AttemptRecord } from '../records/attempt-record.ts';
import { reviveError } from '../records/recorded-error.ts';
import type { StepDescription, StepEntry } from '../runs.ts';

/** One entry of a run's journal. */
export interface JournalEntry {
  readonly place: number;
  readonly name: string;
  readonly output: unknown;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
}

type Kind = StepDescription['kind'];

const ownKinds: Readonly<Record<string, Kind>> = {
  'DBOS.recv': 'waitFor',
  'DBOS.setEvent': 'publish',
};

/** Puts the entries of a journal together to steps, in the order in which these began. */
export function describeSteps(entries: readonly JournalEntry[]): StepDescription[] {
  const steps: JournalEntry[][] = [];
  for (const entry of entries) {
    // The deadline of a wait; the wait has an entry of its own, before it.
    if (entry.name === 'DBOS.sleep') continue;
    const last = steps.at(-1)?.at(-1);
    if (last?.name === entry.name && isOpen(last)) steps.at(-1)!.push(entry);
    else steps.push([entry]);
  }
  return steps.map(describeStep);
}

function describeStep(entries: readonly JournalEntry[]): StepDescription {
  const [first, last] = [entries[0]!, entries.at(-1)!];
  const kind = kindOf(first);
  const hasEntries = kind === 'step' || kind === 'undo';
  const done = recordOf(last);
  return {
    name: first.name.replace(/^undo\//, '').replace(/^DBOS\.(patch-)?/, ''),
    kind,
    first: first.place,
    last: last.place,
    entries: hasEntries ? entries.map(({ output }) => describeEntry(output as AttemptRecord)) : [],
    ...(done?.state === 'done' && { value: done.value }),
    ...(kind === 'waitFor' && { value: (last.output as { value?: unknown } | null)?.value }),
    ...(first.startedAt !== undefined && { startedAt: first.startedAt }),
    ...(!isOpen(last) && last.endedAt !== undefined && { endedAt: last.endedAt }),
  };
}

function describeEntry(record: AttemptRecord): StepEntry {
  const { state, attempt, at, ms } = record;
  return {
    state,
    attempt,
    at: new Date(at),
    ms,
    ...('error' in record && { error: reviveError(record.error) }),
    ...('circuit' in record && { circuit: record.circuit }),
    ...('until' in record && { until: new Date(record.until) }),
  };
}

function kindOf(entry: JournalEntry): Kind {
  const own = ownKinds[entry.name];
  if (own !== undefined) return own;
  if (entry.name.startsWith('DBOS.patch-')) return 'patched';
  if (entry.name.startsWith('undo/')) return 'undo';
  if (Array.isArray(entry.output)) return 'branches';
  const { state } = Object(entry.output) as { state?: unknown };
  if (state === 'sleeping') return 'sleep';
  return recordOf(entry) === undefined ? 'other' : 'step';
}

/** Whether another entry of the same step is to follow. */
function isOpen(entry: JournalEntry): boolean {
  const state = recordOf(entry)?.state;
  return state === 'parked' || state === 'refused' || state === 'retrying';
}

function recordOf({ output }: JournalEntry): AttemptRecord | undefined {
  const { state } = Object(output) as { state?: unknown };
  const states = ['done', 'failed', 'parked', 'refused', 'retrying'];
  return states.includes(state as string) ? (output as AttemptRecord) : undefined;
}
