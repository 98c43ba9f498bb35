import { WorkflowError } from './errors.ts';

/** Throws where `options` is no object, or has an option that nobody knows: most often a typo. */
export function checkKeys(owner: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new WorkflowError('ERR_DEFINITION', `${owner}: options must be an object`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new WorkflowError(
        'ERR_DEFINITION',
        `${owner}: unknown option ${shown(key)}; known are ${known.join(', ')}`,
      );
    }
  }
}

/** What a text that becomes a key must not have. */
interface TextRule {
  readonly longest: number;
  /** Characters that it must not have, beside those that no key may have. */
  readonly without?: readonly string[];
}

/**
 * A text that becomes a key: in the database, of which a part is in UTF-8 without the character zero,
 * so it must have neither that nor half of a surrogate pair, which another half would be equal to.
 */
export function isKeyText(text: unknown, { longest, without = [] }: TextRule): text is string {
  if (typeof text !== 'string' || text.trim() === '' || text.length > longest) return false;
  return !/[\p{Cc}\p{Cs}]/u.test(text) && !without.some((character) => text.includes(character));
}

/** Such a text, or an error that names the option. */
export function checkText(what: string, text: unknown, rule: TextRule): string {
  if (isKeyText(text, rule)) return text;
  const { longest, without = [] } = rule;
  const marks = without.map((character) => `"${character}"`).join(', ');
  throw new WorkflowError(
    'ERR_DEFINITION',
    `${what}: ${shown(text)} is not allowed; it takes a text of 1 to ${longest} characters without ` +
      `${marks === '' ? '' : `${marks}, `}control characters and halves of surrogate pairs`,
  );
}

/**
 * What an error shows of a value: not all of it, nothing that could not be printed, and no text that may
 * hold a password, since connection strings are given in wrong places.
 */
function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return typeof value === 'function' ? 'a function' : String(value);
  if (mayHoldPassword(value)) return `a text of ${value.length} characters`;
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}

/** As `scheme://`, `user:password@host` or `password=…` do; an `@` alone is in names as well. */
function mayHoldPassword(text: string): boolean {
  const colon = text.indexOf(':');
  const hasUserInfo = colon !== -1 && text.includes('@', colon);
  return hasUserInfo || text.includes('://') || /(?:pass|secret|token)\w{0,20}=/i.test(text);
}

const longestShown = 200;

/** An id or a name that nobody has, for an error: not all of a long one, and safe for whatever was given. */
export function showKey(key: unknown): string {
  if (typeof key !== 'string') return shown(key);
  return JSON.stringify(key.length > longestShown ? `${key.slice(0, longestShown)}…` : key);
}

/** A name as it may stand in the journal: not empty, not long, and without the marks of the engine. */
export function checkName(what: string, name: unknown): string {
  const checked = checkText(what, name, { longest: 200, without: ['#', '/', '@'] });
  if (!checked.startsWith('DBOS.')) return checked;
  throw new WorkflowError(
    'ERR_DEFINITION',
    `${what}: ${shown(name)} is not allowed; names that begin with "DBOS." are the engine's`,
  );
}

const runIdRule: TextRule = { longest: 400, without: ['/'] };

/** The id of a run: those of branches have slashes, and nobody else's may look like one. */
export function checkRunId(what: string, id: unknown): string {
  return checkText(what, id, runIdRule);
}

// An index of Postgres takes less than 2,704 bytes for one of its entries.
const longestBranchId = 2_000;

/** The id of a branch has those of all runs above it. */
export function checkBranchId(what: string, id: string): void {
  const bytes = Buffer.byteLength(id);
  if (bytes <= longestBranchId) return;
  throw new WorkflowError(
    'ERR_DEFINITION',
    `${what}: its id, with those of the runs above it, has ${bytes} bytes; ${longestBranchId} are ` +
      'allowed. Take shorter names, or fewer branches within branches',
  );
}

/** An object with these methods, or nothing. */
export function checkMethods(what: string, value: unknown, methods: readonly string[]): void {
  if (value === undefined) return;
  const given = Object(value) as Record<string, unknown>;
  if (methods.every((method) => typeof given[method] === 'function')) return;
  throw new WorkflowError(
    'ERR_DEFINITION',
    `${what}: takes an object with the methods ${methods.join(', ')}`,
  );
}

/** An integer of at least 1, or `Infinity` where `infinite` allows it. */
export function checkCount(what: string, value: unknown, infinite = false): number {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  if (infinite && value === Infinity) return Infinity;
  throw new WorkflowError(
    'ERR_DEFINITION',
    `${what}: ${String(value)} is not allowed; it takes an integer of at least 1`,
  );
}
