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
export function recordError(thrown: unknown, depth = 0): RecordedError {
  if (!(thrown instanceof Error) && !isErrorLike(thrown)) {
    const value = isStorable(thrown) ? thrown : String(thrown);
    return { name: 'Error', message: String(thrown), thrown: { value } };
  }
  const { name, message, stack, cause } = thrown;
  const properties = propertiesOf(thrown);
  const marks = brands.filter((brand) => Symbol.for(brand) in thrown);
  return {
    name,
    message,
    ...(typeof stack === 'string' && { stack }),
    ...(properties !== undefined && { properties }),
    ...(cause !== undefined && depth < deepestCause && { cause: recordError(cause, depth + 1) }),
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
  return Object.assign(error, record.properties);
}

function propertiesOf(error: Error): Record<string, unknown> | undefined {
  const kept = Object.entries(error).filter(
    ([key, value]) => !['name', 'message', 'stack', 'cause'].includes(key) && isStorable(value),
  );
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function isErrorLike(thrown: unknown): thrown is Error {
  return Object.prototype.toString.call(thrown) === '[object Error]';
}

/** Whether the engine itself made it, for ends that no workflow may undo. */
export function isReplayError(error: unknown): boolean {
  return error instanceof WorkflowError && error.code === 'ERR_REPLAY';
}
