import { WorkflowError } from '../errors.ts';
import { isStorable } from './storable.ts';

/** An error as the journal keeps it. */
export interface RecordedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** What else the error carries, as far as it can be kept: `code` above all. */
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly cause?: RecordedError;
  /** The marks by which guards know it. */
  readonly brands?: readonly string[];
  /** What was thrown, where that was no error. */
  readonly thrown?: { readonly value: unknown };
}

// On the prototypes of errors; a replay finds no class, so guards go by these.
const brands = [
  '@highway/resilience/error',
  '@highway/resilience/rejected',
  '@highway/workflow/error',
];
const deepestCause = 8;

/** Takes down what was thrown, whatever it is. Never throws. */
export function recordError(thrown: unknown, above: readonly unknown[] = []): RecordedError {
  if (!isError(thrown)) {
    const text = textOf(thrown);
    return { name: 'Error', message: text, thrown: { value: canKeep(thrown) ? thrown : text } };
  }
  const [name, message] = [textOf(thrown.name), textOf(thrown.message)];
  // Errors may lead to themselves.
  if (above.length > deepestCause || above.includes(thrown)) return { name, message };
  const [stack, cause] = [valueOf(thrown, 'stack'), valueOf(thrown, 'cause')];
  const path = [...above, thrown];
  const properties = propertiesOf(thrown, path);
  const marks = brands.filter((brand) => Symbol.for(brand) in thrown);
  return {
    name,
    message,
    ...(typeof stack === 'string' && { stack }),
    ...(properties !== undefined && { properties }),
    ...(cause !== undefined && { cause: recordError(cause, path) }),
    ...(marks.length > 0 && { brands: marks }),
  };
}

/** Makes the error again. It has its name, message, code and marks, but not its class. */
export function reviveError(record: RecordedError): unknown {
  if (record.thrown !== undefined) return record.thrown.value;
  const error = new Error(record.message);
  const hidden: Record<string, unknown> = { name: record.name };
  hidden['stack'] = record.stack ?? `${record.name}: ${record.message}`;
  if (record.cause !== undefined) hidden['cause'] = reviveError(record.cause);
  for (const [key, value] of Object.entries(hidden)) {
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  }
  for (const brand of record.brands ?? []) {
    Object.defineProperty(error, Symbol.for(brand), { value: true });
  }
  return Object.assign(error, replaceErrors(record.properties ?? {}, isRecorded, unwrap));
}

function propertiesOf(error: Error, path: readonly unknown[]): Record<string, unknown> | undefined {
  // An AggregateError's errors are not enumerable.
  const keys = new Set([
    ...Object.keys(error),
    ...(Object.hasOwn(error, 'errors') ? ['errors'] : []),
  ]);
  for (const key of ['name', 'message', 'stack', 'cause']) keys.delete(key);
  const kept = [...keys].flatMap((key): [string, unknown][] => {
    const value = valueOf(error, key);
    if (value === undefined || !canKeep(value)) return [];
    const wrap = (inner: Error): object => ({ [wrapped]: recordError(inner, path) });
    return [[key, replaceErrors(value, isError, wrap)]];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

// The errors that an error carries have codes and marks, too: those of branches, of compensations.
const wrapped = '@highway/workflow/error';

function isRecorded(value: unknown): value is Record<typeof wrapped, RecordedError> {
  return typeof value === 'object' && value !== null && wrapped in value;
}

function unwrap({ [wrapped]: record }: Record<typeof wrapped, RecordedError>): unknown {
  return reviveError(record);
}

/** A copy of plain data, with something else for each error in it. */
function replaceErrors<Found>(
  value: unknown,
  isOne: (value: unknown) => value is Found,
  replace: (error: Found) => unknown,
  copies = new Map<unknown, unknown>(),
): unknown {
  if (isOne(value)) return replace(value);
  const isPlain = Object.prototype.toString.call(value) === '[object Object]';
  if (!Array.isArray(value) && !isPlain) return value;
  if (copies.has(value)) return copies.get(value);
  const copy: object = Array.isArray(value) ? [] : {};
  copies.set(value, copy);
  for (const [key, held] of Object.entries(value as object)) {
    const kept = replaceErrors(held, isOne, replace, copies);
    Object.defineProperty(copy, key, {
      value: kept,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return copy;
}

/** What a property holds; nothing where asking for it throws. */
function valueOf(error: Error, key: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function canKeep(value: unknown): boolean {
  try {
    return isStorable(value);
  } catch {
    // A property that throws when it is asked for.
    return false;
  }
}

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

/** Whether the engine itself made it, for ends that no workflow may undo. */
export function isReplayError(error: unknown): boolean {
  return error instanceof WorkflowError && error.code === 'ERR_REPLAY';
}
