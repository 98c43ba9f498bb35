import { MalformedStateError } from '../errors.ts';
import { readReply, readView as readAnyView } from '../support/read-reply.ts';
import type { Notice, CircuitReply, CircuitView } from '../store.ts';

/** A longer message is not a notice of a fleet. */
const longestNotice = 4096;

/** Parses the JSON that a script returns. The callers validate its content. */
export function parseAnswer(answer: unknown): unknown {
  const text = stringOf(answer);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MalformedStateError(`A script returned invalid JSON: ${text.slice(0, 60)}`, {
      cause,
    });
  }
}

/** Parses and validates a reply. */
export function parseReply(answer: unknown): CircuitReply {
  return readReply(parseAnswer(answer));
}

/**
 * Parses a notice. Anyone who can publish on the channel could have sent it. What is not JSON is passed on
 * as it is: the fleet validates every notice, and reports this one.
 */
export function parseNotice(notice: unknown): Notice {
  const text = stringOf(notice).slice(0, longestNotice);
  try {
    return JSON.parse(text) as Notice;
  } catch {
    return text as unknown as Notice;
  }
}

/** A circuit as operators see it, but with members whose process may have died. */
export interface FullView {
  readonly view: CircuitView;
  readonly voterIds: readonly string[];
}

/** Parses and validates a circuit as operators see it. */
export function readView(answer: unknown, circuit: string): FullView {
  const parsed = parseAnswer(answer);
  const view = readAnyView(parsed);
  const { voterIds } = Object(parsed) as { readonly voterIds?: unknown };
  if (view.circuit === circuit && Array.isArray(voterIds)) {
    return { view, voterIds: voterIds.map(String) };
  }
  throw new MalformedStateError(`The store's view of ${circuit} is damaged`);
}

/** Reads the names of the circuits. */
export function readNames(answer: unknown): readonly string[] {
  if (!Array.isArray(answer)) throw new MalformedStateError('The list of circuits is damaged');
  return answer.map(stringOf);
}

/** Reads the values of keys: `undefined` for those that there are not. */
export function readTexts(answer: unknown, count: number): readonly (string | undefined)[] {
  if (!Array.isArray(answer) || answer.length !== count) {
    throw new MalformedStateError('The server did not return a value for each key');
  }
  return answer.map((value: unknown) => (value === null ? undefined : stringOf(value)));
}

/** Decodes an answer: a client may be configured to return bytes. */
function stringOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  throw new MalformedStateError(`The store returned ${typeof value} instead of a string`);
}
