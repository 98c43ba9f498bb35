import { isFleetError, MalformedStateError } from './errors.ts';
import { readReply, readView } from './read-reply.ts';
import type { CircuitReply, CircuitView } from './store.ts';

/** An answer about one circuit, or why there is none. */
export type Answered<T> = T | MalformedStateError;

/**
 * The stored state of some circuits is damaged. A store rejects with it, so that whoever asks hears
 * which ones, and gets the answers about all others.
 */
export class DamagedCircuitsError extends MalformedStateError {
  static {
    this.prototype.name = 'DamagedCircuitsError';
  }

  /** In the order in which was asked: an answer, or the error of a circuit that is damaged. */
  readonly answers: readonly unknown[];

  constructor(answers: readonly unknown[]) {
    const failures = answers.filter(isDamaged);
    const [first] = failures;
    const more = failures.length > 1 ? ` (and of ${String(failures.length - 1)} more)` : '';
    const circuit = first?.circuit;
    super(`${first?.message ?? "The store's state is damaged"}${more}`, {
      cause: first,
      ...(circuit !== undefined && { circuit }),
    });
    this.answers = answers;
  }
}

/** Asks about one circuit: gives an error that names it where what is stored of it is damaged. */
export async function aboutCircuit<T>(
  circuit: string,
  ask: () => Promise<T>,
): Promise<Answered<T>> {
  try {
    return await ask();
  } catch (error) {
    if (!isDamaged(error)) throw error;
    return named(circuit, error);
  }
}

/** Gives the answers where there are all; throws a `DamagedCircuitsError` otherwise. */
export function allOf<T>(answers: readonly Answered<T>[]): readonly T[] {
  if (answers.some(isDamaged)) throw new DamagedCircuitsError(answers);
  return answers as readonly T[];
}

/** What a store answers, circuit by circuit; rejects where that is not what it rejects with. */
export async function eachOf<T>(asked: Promise<readonly T[]>): Promise<readonly unknown[]> {
  try {
    return await asked;
  } catch (error) {
    // Of a store that has another copy of this package, it is another class.
    const { answers } = Object(error) as { readonly answers?: unknown };
    if (Array.isArray(answers)) return answers as readonly unknown[];
    throw error;
  }
}

/** Whether it is why there is no answer. */
export function isDamaged(answer: unknown): answer is MalformedStateError {
  return isFleetError(answer, 'ERR_FLEET_MALFORMED');
}

/** Those that were answered. */
export function answeredOf<T>(answers: readonly Answered<T>[]): T[] {
  return answers.flatMap((answer) => (isDamaged(answer) ? [] : [answer]));
}

/** Reads a store's reply about a circuit. */
export function replyAbout(circuit: string, given: unknown): Answered<CircuitReply> {
  return read(circuit, given, readReply);
}

/** Reads a store's view of a circuit. */
export function viewAbout(given: unknown): Answered<CircuitView> {
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
