import { isFleetError, MalformedStateError } from '../errors.ts';
import { readReply, readUnchanged, readView } from './read-reply.ts';
import { sameVersion } from '../store.ts';
import type { CircuitMessage, CircuitReply, CircuitView, UnchangedReply } from '../store.ts';

/** An answer about one circuit, or the error that says why there is none. */
export type Answer<T> = T | MalformedStateError;

/**
 * The stored state of some circuits is damaged. It says which ones, and carries the answers about the
 * others.
 */
export class DamagedCircuitsError extends MalformedStateError {
  static {
    this.prototype.name = 'DamagedCircuitsError';
  }

  /** In the order of the request: an answer, or the `MalformedStateError` of a damaged circuit. */
  readonly answers: readonly unknown[];

  constructor(answers: readonly unknown[]) {
    const failures = answers.filter(isDamaged);
    const [first] = failures;
    const more = failures.length > 1 ? ` (and ${String(failures.length - 1)} more circuits)` : '';
    const circuit = first?.circuit;
    super(`${first?.message ?? "The store's state is damaged"}${more}`, {
      cause: first,
      ...(circuit !== undefined && { circuit }),
    });
    this.answers = answers;
  }
}

/** Asks about one circuit. If its stored state is damaged, returns an error that names it. */
export async function tryCircuit<T>(circuit: string, ask: () => Promise<T>): Promise<Answer<T>> {
  try {
    return await ask();
  } catch (error) {
    if (!isDamaged(error)) throw error;
    return named(circuit, error);
  }
}

/** Returns the answers if all are there; throws a `DamagedCircuitsError` otherwise. */
export function allOrThrow<T>(answers: readonly Answer<T>[]): readonly T[] {
  if (answers.some(isDamaged)) throw new DamagedCircuitsError(answers);
  return answers as readonly T[];
}

/** A store's answers, circuit by circuit, even if some circuits are damaged; rejects otherwise. */
export async function answersFrom<T>(asked: Promise<readonly T[]>): Promise<readonly unknown[]> {
  try {
    return await asked;
  } catch (error) {
    // A store with another copy of this package rejects with another class.
    const { answers } = Object(error) as { readonly answers?: unknown };
    if (Array.isArray(answers)) return answers as readonly unknown[];
    throw error;
  }
}

/** Whether an answer is the error of a damaged circuit. */
export function isDamaged(answer: unknown): answer is MalformedStateError {
  return isFleetError(answer, 'ERR_FLEET_MALFORMED');
}

/** The answers without the errors of damaged circuits. */
export function withoutDamaged<T>(answers: readonly Answer<T>[]): T[] {
  return answers.flatMap((answer) => (isDamaged(answer) ? [] : [answer]));
}

/** Validates a store's reply about a circuit. */
export function checkReply(circuit: string, given: unknown): Answer<CircuitReply> {
  return read(circuit, given, readReply);
}

/** Validates a store's reply to a message. Only a quiet one may be answered by `unchanged`. */
export function checkReplyTo(
  { circuit, quiet, version }: CircuitMessage,
  given: unknown,
): Answer<CircuitReply | UnchangedReply> {
  const { unchanged } = Object(given) as { readonly unchanged?: unknown };
  if (unchanged === undefined || quiet === undefined) return checkReply(circuit, given);
  const reply = read(circuit, given, readUnchanged);
  if (isDamaged(reply) || sameVersion(reply.version, version)) return reply;
  const message = `The store's state of ${JSON.stringify(circuit)} is damaged: unchanged, but moved`;
  return new MalformedStateError(message, { circuit });
}

/** Validates a store's view of a circuit. */
export function checkView(given: unknown): Answer<CircuitView> {
  const { circuit } = Object(given) as { readonly circuit?: unknown };
  return read(typeof circuit === 'string' ? circuit : undefined, given, readView);
}

function read<T>(circuit: string | undefined, given: unknown, reader: (given: unknown) => T) {
  try {
    if (given instanceof Error) throw given;
    return reader(given);
  } catch (error) {
    return named(circuit, error);
  }
}

function named(circuit: string | undefined, error: unknown): MalformedStateError {
  const isNamed = isDamaged(error) && error.circuit !== undefined;
  if (isNamed || (circuit === undefined && isDamaged(error))) return error;
  const message = error instanceof Error ? error.message : String(error);
  const what = message.replace(/^The store's state (?:of ".*" )?is damaged: /, '');
  const of = circuit === undefined ? '' : ` of ${JSON.stringify(circuit)}`;
  return new MalformedStateError(`The store's state${of} is damaged: ${what}`, {
    cause: isDamaged(error) ? error.cause : error,
    ...(circuit !== undefined && { circuit }),
  });
}
