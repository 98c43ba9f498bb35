import { isClass, isError, isPlain, isThenable, look, tagOf } from './foreign.ts';

/** Marks the policies of every copy of this package. */
export const policyBrand: unique symbol = Symbol.for('@highway/resilience/policy') as never;

const maxLength = 60;

/**
 * Describes a value for an error message: in one short line, and without data that may be private. Works for any
 * JavaScript value. Shows the beginning of a string, unless it may be a connection string or a password, and only
 * the kind of an object.
 */
export function describe(value: unknown): string {
  try {
    // One more for the ellipsis of a string.
    return shorten(show(value), maxLength + 1);
  } catch {
    return 'an unreadable object';
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  const message = look(thrown, 'message');
  return typeof message === 'string' ? message : describe(thrown);
}

function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return showString(value);
    case 'bigint':
      return `${String(value)}n`;
    case 'function':
      return showFunction(value);
    case 'object':
      return value === null ? 'null' : showObject(value);
    default:
      return String(value);
  }
}

function showString(text: string): string {
  return mayBeSecret(text)
    ? `a string of ${String(text.length)} characters`
    : JSON.stringify(shorten(text, maxLength - 2));
}

/** Whether the part of a string that would be shown may be a connection string or a password. */
function mayBeSecret(text: string): boolean {
  // Cut before it is searched: it may have any length.
  return /:\/\/|@|(?:pass|secret|token)\w{0,9}=/i.test(text.slice(0, 1_000));
}

function showFunction(value: unknown): string {
  const policy = policyName(value);
  if (policy !== undefined) return policy;
  const name = look(value, 'name');
  const named = typeof name === 'string' && name !== '' ? ` (${name})` : '';
  return `${isClass(value) ? 'a class' : 'a function'}${named}`;
}

/** Policies of versions without the brand are recognized by their methods. */
function isPolicy(value: unknown): boolean {
  if (typeof value !== 'function') return false;
  const methods = ['execute', 'executeOutcome', 'wrapSync'];
  const looks = methods.every((method) => typeof look(value, method) === 'function');
  return looks || look(value, policyBrand) === true;
}

/** How messages name a policy; `undefined` if a value is not a policy of this package. */
export function policyName(value: unknown): string | undefined {
  if (!isPolicy(value)) return undefined;
  const type = look(value, 'type');
  const name = look(value, 'name');
  const kind = typeof type === 'string' ? nameOfType(type) : 'Policy';
  return typeof name === 'string' && name !== '' ? `a ${kind} (${name})` : `a ${kind}`;
}

/** The class name of a policy type. */
export function nameOfType(type: string): string {
  const name = type.slice(0, 1).toUpperCase() + type.slice(1);
  return type === 'failsafe' ? name : `${name}Policy`;
}

function showObject(value: object): string {
  if (Array.isArray(value)) {
    return areBare(value) ? `an array, ${JSON.stringify(value)}` : 'an array';
  }
  if (isError(value)) return withArticle(classOf(value) || 'Error');
  if (isPlain(value)) return showPlain(value);
  if (tagOf(value) === 'Promise') return 'a Promise';
  const name = classOf(value) || tagOf(value);
  if (name !== '' && name !== 'Object') return withArticle(name);
  return isThenable(value) ? 'a thenable' : 'an object';
}

/** Numbers are shown; strings are not, because they may be secret. */
function showPlain(value: Record<string, unknown>): string {
  const keys = Object.keys(value);
  if (keys.some(mayBeSecret)) return 'an object';
  // A key such as `password` says that its value is secret.
  const isSecret = keys.some((key) => mayBeSecret(`${key}=`));
  if (!isSecret && areBare(Object.values(value))) return JSON.stringify(value);
  const some = keys.slice(0, 4).join(', ');
  return `an object with ${some}${keys.length > 4 ? ', …' : ''}`;
}

function areBare(values: readonly unknown[]): boolean {
  return values.length < 6 && values.every(isBare);
}

/** Whether a value is at most a number, or a string such as `"30s"` or `"2/5"`. */
function isBare(value: unknown): boolean {
  if (typeof value === 'string') return value.length < 12 && /^-?\d[\d./]*[a-z]{0,2}$/.test(value);
  return value === null || typeof value === 'number' || typeof value === 'boolean';
}

function classOf(value: object): string {
  const name = look(look(value, 'constructor'), 'name');
  return typeof name === 'string' ? name : '';
}

function withArticle(name: string): string {
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
}

function shorten(text: string, longest: number): string {
  // Cut before it is searched: it may have any length.
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return cut.replace(/\p{Cc}+/gu, ' ');
}
