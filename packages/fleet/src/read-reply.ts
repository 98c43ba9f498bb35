import { MalformedStateError } from './errors.ts';
import type { Change, CircuitReply, CircuitView, Tally, TestRule } from './store.ts';

const states: readonly unknown[] = ['CLOSED', 'OPEN', 'HALF_OPEN', 'ISOLATED'];
const causes: readonly unknown[] = [
  'none',
  'quorum',
  'pooled',
  'cooldown',
  'trials',
  'recovered',
  'restored',
  'isolate',
  'release',
  'reset',
];

/** A year: no wait is longer, and a longer one is taken for damage. */
const longestMs = 366 * 86_400_000;
const longestText = 512;

/**
 * Reads what a store says of a transition. Anybody who may write there could have written it, so
 * everything is checked and bounded before it is used.
 */
export function readChange(given: unknown): Change {
  const value = fields(given);
  const version = fields(value['version']);
  return {
    circuit: text(value, 'circuit'),
    version: { generation: text(version, 'generation'), epoch: whole(version, 'epoch') },
    state: oneOf(value, 'state', states) as Change['state'],
    cause: oneOf(value, 'cause', causes) as Change['cause'],
    remaining: within(value, 'remaining', longestMs),
    openings: whole(value, 'openings'),
  };
}

/** Reads a store's reply; throws a `MalformedStateError` where it is none. */
export function readReply(given: unknown): CircuitReply {
  const value = fields(given);
  const granted = value['granted'];
  if (!Array.isArray(granted) || granted.length > 1000) malformed('granted', granted);
  return {
    ...readStanding(value),
    granted: granted.map((fence: unknown) => whole({ fence }, 'fence')),
  };
}

/** Reads a circuit as operators see it; throws a `MalformedStateError` where it is none. */
export function readView(given: unknown): CircuitView {
  const value = fields(given);
  const memberIds = value['memberIds'];
  if (!Array.isArray(memberIds)) malformed('memberIds', memberIds);
  return {
    ...readStanding(value),
    memberIds: memberIds.map((id: unknown) => text({ id }, 'id')),
  };
}

function readStanding(value: Fields): Omit<CircuitReply, 'granted'> {
  return {
    ...readChange(value),
    members: whole(value, 'members'),
    votes: whole(value, 'votes'),
    successes: whole(value, 'successes'),
    failures: whole(value, 'failures'),
    ...(value['tally'] !== undefined && { tally: readTally(value['tally']) }),
  };
}

function readTally(given: unknown): Tally {
  const value = fields(given);
  const rule = fields(value['rule']);
  const read: TestRule = {
    calls: whole(rule, 'calls', 1),
    closeAt: whole(rule, 'closeAt', 1),
    openAt: whole(rule, 'openAt', 1),
    concurrent: whole(rule, 'concurrent', 1),
  };
  return {
    rule: read,
    successes: whole(value, 'successes'),
    failures: whole(value, 'failures'),
    outstanding: whole(value, 'outstanding'),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : malformed('it', value);
}

function text(value: Fields, field: string): string {
  const given = value[field];
  if (typeof given === 'string' && given !== '' && given.length <= longestText) return given;
  return malformed(field, given);
}

function whole(value: Fields, field: string, least = 0): number {
  const given = value[field];
  if (Number.isSafeInteger(given) && (given as number) >= least) return given as number;
  return malformed(field, given);
}

function within(value: Fields, field: string, most: number): number {
  const given = value[field];
  if (typeof given === 'number' && given >= 0 && given <= most) return given;
  return malformed(field, given);
}

function oneOf(value: Fields, field: string, allowed: readonly unknown[]): unknown {
  return allowed.includes(value[field]) ? value[field] : malformed(field, value[field]);
}

function malformed(field: string, value: unknown): never {
  const shown = (JSON.stringify(value) as string | undefined)?.slice(0, 60) ?? String(value);
  throw new MalformedStateError(`The store's state is damaged: ${field} is ${shown}`);
}
