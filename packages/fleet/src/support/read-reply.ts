import { MalformedStateError } from '../errors.ts';
import type {
  Notice,
  CircuitReply,
  CircuitView,
  TrialTally,
  TrialRule,
  UnchangedReply,
  Version,
} from '../store.ts';

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

/** A year: a longer wait counts as damage. */
const longestMs = 366 * 86_400_000;
const longestString = 512;

/**
 * Validates a notice. Anyone who can write to the store could have sent it, so everything is checked and
 * bounded before use.
 */
export function readNotice(given: unknown): Notice {
  const value = fields(given);
  return {
    circuit: string(value, 'circuit'),
    version: readVersion(value),
    state: oneOf(value, 'state', states) as Notice['state'],
    cause: oneOf(value, 'cause', causes) as Notice['cause'],
    remaining: within(value, 'remaining', longestMs),
    openings: integer(value, 'openings'),
  };
}

/** Validates a store's reply; throws a `MalformedStateError` if it is malformed. */
export function readReply(given: unknown): CircuitReply {
  const value = fields(given);
  const granted = value['granted'];
  if (!Array.isArray(granted) || granted.length > 1000) malformed('granted', granted);
  return {
    ...readState(value),
    ...(value['stamp'] !== undefined && { stamp: integer(value, 'stamp') }),
    granted: granted.map((fence: unknown) => integer({ fence }, 'fence')),
  };
}

/** Validates a store's reply that nothing has changed; throws a `MalformedStateError` likewise. */
export function readUnchanged(given: unknown): UnchangedReply {
  const value = fields(given);
  if (value['unchanged'] !== true) malformed('unchanged', value['unchanged']);
  return {
    circuit: string(value, 'circuit'),
    version: readVersion(value),
    unchanged: true,
    members: integer(value, 'members'),
  };
}

/** Validates a circuit as operators see it; throws a `MalformedStateError` if it is malformed. */
export function readView(given: unknown): CircuitView {
  const value = fields(given);
  const memberIds = value['memberIds'];
  if (!Array.isArray(memberIds)) malformed('memberIds', memberIds);
  return {
    ...readState(value),
    memberIds: memberIds.map((id: unknown) => string({ id }, 'id')),
  };
}

function readVersion(value: Fields): Version {
  const version = fields(value['version']);
  return { generation: string(version, 'generation'), epoch: integer(version, 'epoch') };
}

function readState(value: Fields): Omit<CircuitReply, 'granted'> {
  return {
    ...readNotice(value),
    members: integer(value, 'members'),
    votes: integer(value, 'votes'),
    successes: integer(value, 'successes'),
    failures: integer(value, 'failures'),
    ...(value['tally'] !== undefined && { tally: readTally(value['tally']) }),
  };
}

function readTally(given: unknown): TrialTally {
  const value = fields(given);
  const rule = fields(value['rule']);
  const read: TrialRule = {
    calls: integer(rule, 'calls', 1),
    closeAt: integer(rule, 'closeAt', 1),
    openAt: integer(rule, 'openAt', 1),
    concurrent: integer(rule, 'concurrent', 1),
  };
  return {
    rule: read,
    successes: integer(value, 'successes'),
    failures: integer(value, 'failures'),
    outstanding: integer(value, 'outstanding'),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : malformed('it', value);
}

function string(value: Fields, field: string): string {
  const given = value[field];
  if (typeof given === 'string' && given !== '' && given.length <= longestString) return given;
  return malformed(field, given);
}

function integer(value: Fields, field: string, least = 0): number {
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
