import { WorkflowError } from '../errors.ts';
import { builtInOf } from './built-ins.ts';
import { encodeValue } from './encode-value.ts';
import { Stored } from './stored.ts';
import { brands } from './survey.ts';

const deepestCause = 8;

/**
 * Takes down what was thrown, whatever it is, as far as it can be kept. Never throws. An error comes
 * back with its name, message, code, cause and marks, but not with its class.
 */
export function storeError(thrown: unknown): Stored {
  try {
    return new Stored(encodeValue(keepable(thrown, [])));
  } catch {
    return new Stored(encodeValue(new Error(textOf(thrown))));
  }
}

function keepable(thrown: unknown, above: readonly unknown[]): unknown {
  if (isError(thrown)) return keepableError(thrown, above);
  return canKeep(thrown) ? thrown : new Error(textOf(thrown));
}

function keepableError(thrown: Error, above: readonly unknown[]): Error {
  const [name, message] = [textOf(valueOf(thrown, 'name')), textOf(valueOf(thrown, 'message'))];
  const error = new Error(message);
  const hide = (key: string | symbol, value: unknown): void => {
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  };
  hide('name', name);
  hide('stack', `${name}: ${message}`);
  // Errors may lead to themselves.
  if (above.length > deepestCause || above.includes(thrown)) return error;
  const path = [...above, thrown];
  const [stack, cause] = [valueOf(thrown, 'stack'), valueOf(thrown, 'cause')];
  if (typeof stack === 'string') hide('stack', stack);
  if (cause !== undefined) hide('cause', keepable(cause, path));
  for (const brand of brands) if (isMarked(thrown, brand)) hide(Symbol.for(brand), true);
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
  // An AggregateError's errors are not enumerable.
  const keys = new Set([
    ...keysOf(error),
    ...(valueOf(error, 'errors') === undefined ? [] : ['errors']),
  ]);
  for (const key of ['name', 'message', 'stack', 'cause']) keys.delete(key);
  return [...keys].flatMap((key) => {
    const value = attempt(() => replaceErrors(valueOf(error, key), path));
    return value === undefined || !canKeep(value) ? [] : [[key, value] as const];
  });
}

/** A copy of plain data, with errors that can be kept: those of branches, of compensations. */
function replaceErrors(
  value: unknown,
  path: readonly unknown[],
  copies = new Map<unknown, unknown>(),
): unknown {
  if (isError(value)) return keepableError(value, path);
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

/** What a property holds; nothing where asking for it throws. */
function valueOf(held: object, key: string): unknown {
  return attempt(() => (held as Record<string, unknown>)[key]);
}

function keysOf(value: object): string[] {
  return attempt(() => Object.keys(value)) ?? [];
}

function isMarked(error: object, brand: string): boolean {
  return attempt(() => Symbol.for(brand) in error) ?? false;
}

function canKeep(value: unknown): boolean {
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

/** What looking at something foreign gives; nothing where that throws. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** Whether the engine itself made it, for ends that no workflow may undo. */
export function isReplayError(error: unknown): boolean {
  return error instanceof WorkflowError && error.code === 'ERR_REPLAY';
}
