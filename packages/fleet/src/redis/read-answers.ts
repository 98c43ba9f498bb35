import { MalformedStateError } from '../errors.ts';
import { readReply, readView as readAnyView } from '../read-reply.ts';
import type { Change, CircuitReply, CircuitView } from '../store.ts';

/** A notice is never longer; what is, was written by somebody else. */
const longestNotice = 4096;

/** Reads the JSON that a script answers. What it says is checked where it is used. */
export function parseAnswer(answer: unknown): unknown {
  const text = textOf(answer);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MalformedStateError(`A script answered no JSON: ${text.slice(0, 60)}`, { cause });
  }
}

/** Reads and checks a reply. */
export function parseReply(answer: unknown): CircuitReply {
  return readReply(parseAnswer(answer));
}

/**
 * Reads a notice. Anybody who may publish on the channel could have sent it: what makes no sense is
 * passed on as it is, so that the fleet, which checks every notice, can report it.
 */
export function parseNotice(notice: unknown): Change {
  const text = textOf(notice).slice(0, longestNotice);
  try {
    return JSON.parse(text) as Change;
  } catch {
    return text as unknown as Change;
  }
}

/** Reads and checks what operators see of a circuit. */
export function readView(answer: unknown, circuit: string): CircuitView {
  const view = readAnyView(parseAnswer(answer));
  if (view.circuit === circuit) return view;
  throw new MalformedStateError(`The store's view of ${circuit} is damaged`);
}

/** Reads the names of the circuits. */
export function readNames(answer: unknown): readonly string[] {
  if (!Array.isArray(answer)) throw new MalformedStateError('The list of circuits is damaged');
  return answer.map(textOf);
}

/** A client may be set to give what it reads as bytes. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  throw new MalformedStateError(`The store answered ${typeof value} instead of text`);
}
