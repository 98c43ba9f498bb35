import { WorkflowError } from './errors.ts';

/** Throws if `options` is not an object, or has an unknown option, which is most often a typo. */
export function checkKeys(owner: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new WorkflowError('ERR_DEFINITION', `${owner}: options must be an object`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new WorkflowError(
        'ERR_DEFINITION',
        `${owner}: unknown option ${shown(key)}; known options are ${known.join(', ')}`,
      );
    }
  }
}

/** The rules for a string that becomes a key. */
interface KeyRule {
  readonly longest: number;
  /** Characters that are not allowed, in addition to those that no key may have. */
  readonly without?: readonly string[];
}

/**
 * Whether a string can be a key in the database, which keeps UTF-8 without the character zero. Half of
 * a surrogate pair isn't allowed either: in UTF-8 all of them would become the same character.
 */
export function isKey(text: unknown, { longest, without = [] }: KeyRule): text is string {
  if (typeof text !== 'string' || text.trim() === '' || text.length > longest) return false;
  return !/[\p{Cc}\p{Cs}]/u.test(text) && !without.some((character) => text.includes(character));
}

/** Returns a valid key; throws an error that names the option otherwise. */
export function checkKey(what: string, text: unknown, rule: KeyRule): string {
  if (isKey(text, rule)) return text;
  const { longest, without = [] } = rule;
  const marks = without.map((character) => `"${character}"`).join(', ');
  throw new WorkflowError(
    'ERR_DEFINITION',
    `${what}: ${shown(text)} is invalid; expected a string of 1 to ${longest} characters without ` +
      `${marks === '' ? '' : `${marks}, `}control characters or lone surrogates`,
  );
}

/**
 * Shows a value in an error message: cut if it is long, and without any string that may hold a password,
 * since connection strings get passed in the wrong places.
 */
function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return typeof value === 'function' ? 'a function' : String(value);
  if (mayHoldPassword(value)) return `a string of ${value.length} characters`;
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}

/** As in `scheme://`, `user:password@host` or `password=…`; an `@` alone is common in names. */
function mayHoldPassword(text: string): boolean {
  const colon = text.indexOf(':');
  const hasUserInfo = colon !== -1 && text.includes('@', colon);
  return hasUserInfo || text.includes('://') || /(?:pass|secret|token)\w{0,20}=/i.test(text);
}

const longestShown = 200;

/** Shows an unknown id or name in an error message: cut if it is long, and safe for any value. */
export function showKey(key: unknown): string {
  if (typeof key !== 'string') return shown(key);
  return JSON.stringify(key.length > longestShown ? `${key.slice(0, longestShown)}…` : key);
}

/** Checks a name for the journal: not empty, not too long, and without the engine's separators. */
export function checkName(what: string, name: unknown): string {
  const checked = checkKey(what, name, { longest: 200, without: ['#', '/', '@'] });
  if (!checked.startsWith('DBOS.')) return checked;
  throw new WorkflowError(
    'ERR_DEFINITION',
    `${what}: ${shown(name)} is invalid; names that begin with "DBOS." are reserved for the engine`,
  );
}

const runIdRule: KeyRule = { longest: 400, without: ['/'] };

/** Checks the id of a run. Only the ids of child runs have slashes. */
export function checkRunId(what: string, id: unknown): string {
  return checkKey(what, id, runIdRule);
}

// An entry of a Postgres index must have less than 2,704 bytes.
const longestChildRunId = 2_000;

/** Checks the id of a child run, which contains the ids of all runs above it. */
export function checkChildRunId(what: string, id: string): void {
  const bytes = Buffer.byteLength(id);
  if (bytes <= longestChildRunId) return;
  throw new WorkflowError(
    'ERR_DEFINITION',
    `${what}: its id, which contains the ids of the runs above it, has ${bytes} bytes; at most ` +
      `${longestChildRunId} are allowed. Use shorter names, or fewer levels of child runs`,
  );
}

/** Checks that a value is undefined, or an object with these methods. */
export function checkMethods(what: string, value: unknown, methods: readonly string[]): void {
  if (value === undefined) return;
  const given = Object(value) as Record<string, unknown>;
  if (methods.every((method) => typeof given[method] === 'function')) return;
  throw new WorkflowError(
    'ERR_DEFINITION',
    `${what}: expected an object with the methods ${methods.join(', ')}`,
  );
}

/** Checks for an integer of at least 1, or `Infinity` if `infinite` allows it. */
export function checkCount(what: string, value: unknown, infinite = false): number {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  if (infinite && value === Infinity) return Infinity;
  throw new WorkflowError(
    'ERR_DEFINITION',
    `${what}: ${String(value)} is invalid; expected an integer of at least 1`,
  );
}
