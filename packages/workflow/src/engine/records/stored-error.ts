import { WorkflowError } from '../../errors.ts';
import { builtInOf } from './built-ins.ts';
import { encodeValue } from './encode-value.ts';
import { StoredValue } from './stored-value.ts';
import { brands } from './check-value.ts';

const deepestCause = 8;

/**
 * Stores any thrown value, as far as the journal can keep it. Never throws. An error is restored with
 * its name, message, code, cause and brands, but without its class.
 */
export function storeError(thrown: unknown): StoredValue {
  try {
    return new StoredValue(encodeValue(storable(thrown, [])));
  } catch {
    return new StoredValue(encodeValue(new Error(textOf(thrown))));
  }
}

function storable(thrown: unknown, parents: readonly unknown[]): unknown {
  if (isError(thrown)) return storableError(thrown, parents);
  return isStorable(thrown) ? thrown : new Error(textOf(thrown));
}

function storableError(thrown: Error, parents: readonly unknown[]): Error {
  const [name, message] = [textOf(valueOf(thrown, 'name')), textOf(valueOf(thrown, 'message'))];
  const error = new Error(message);
  const defineHidden = (key: string | symbol, value: unknown): void => {
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  };
  defineHidden('name', name);
  defineHidden('stack', `${name}: ${message}`);
  // An error may be its own cause.
  if (parents.length > deepestCause || parents.includes(thrown)) return error;
  const path = [...parents, thrown];
  const [stack, cause] = [valueOf(thrown, 'stack'), valueOf(thrown, 'cause')];
  if (typeof stack === 'string') defineHidden('stack', stack);
  if (cause !== undefined) defineHidden('cause', storable(cause, path));
  for (const brand of brands) if (hasBrand(thrown, brand)) defineHidden(Symbol.for(brand), true);
  for (const [key, value] of propertiesOf(thrown, path)) {
    Object.defineProperty(error, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return error;
}

function propertiesOf(error: Error, path: readonly unknown[]): (readonly [string, unknown])[] {
  // The errors of an AggregateError are not enumerable.
  const keys = new Set([
    ...keysOf(error),
    ...(valueOf(error, 'errors') === undefined ? [] : ['errors']),
  ]);
  for (const key of ['name', 'message', 'stack', 'cause']) keys.delete(key);
  return [...keys].flatMap((key) => {
    const value = attempt(() => replaceErrors(valueOf(error, key), path));
    return value === undefined || !isStorable(value) ? [] : [[key, value] as const];
  });
}

/** Copies plain data, and makes the errors in it storable, such as those of child runs. */
function replaceErrors(
  value: unknown,
  path: readonly unknown[],
  copies = new Map<unknown, unknown>(),
): unknown {
  if (isError(value)) return storableError(value, path);
  if (!isPlain(value)) return value;
  if (copies.has(value)) return copies.get(value);
  const copy: object = Array.isArray(value) ? [] : {};
  copies.set(value, copy);
  for (const key of keysOf(value)) {
    Object.defineProperty(copy, key, {
      value: replaceErrors(valueOf(value, key), path, copies),
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return copy;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return ['Object', 'Array'].includes(builtInOf(value) ?? '');
}

/** The value of a property; `undefined` if reading it throws. */
function valueOf(held: object, key: string): unknown {
  return attempt(() => (held as Record<string, unknown>)[key]);
}

function keysOf(value: object): string[] {
  return attempt(() => Object.keys(value)) ?? [];
}

function hasBrand(error: object, brand: string): boolean {
  return attempt(() => Symbol.for(brand) in error) ?? false;
}

function isStorable(value: unknown): boolean {
  return attempt(() => encodeValue(value)) !== undefined;
}

function textOf(value: unknown): string {
  return (
    attempt(() => String(value)) ?? attempt(() => Object.prototype.toString.call(value)) ?? '?'
  );
}

function isError(value: unknown): value is Error {
  const isOne = (): boolean =>
    value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
  return attempt(isOne) ?? false;
}

/** The result of reading a foreign object; `undefined` if that throws. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Whether the engine threw `ERR_REPLAY`: then nothing may be compensated. */
export function isReplayError(error: unknown): boolean {
  return error instanceof WorkflowError && error.code === 'ERR_REPLAY';
}
