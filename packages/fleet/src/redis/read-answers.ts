import { MalformedStateError, readChange, readReply } from '../read-reply.ts';
import type { Change, CircuitReply, CircuitView } from '../store.ts';

/** A notice is never longer; what is, was written by somebody else. */
const longestNotice = 4096;
const longestMember = 512;

/** Reads the JSON that a script answers. What it says is checked where it is used. */
export function parseAnswer(answer: unknown): unknown {
  const text = textOf(answer);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MalformedStateError(`A script answered no JSON: ${text.slice(0, 60)}`, { cause });
  }
}

/** Reads a reply so far as to know that it is one; the fleet checks all of it. */
export function parseReply(answer: unknown): CircuitReply {
  return parseAnswer(answer) as CircuitReply;
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
  const value = Object(parseAnswer(answer)) as Record<string, unknown>;
  const { members, votes, successes, failures, tally, ...reply } = readReply({
    ...value,
    granted: [],
  });
  const { memberIds } = value;
  const sound =
    Array.isArray(memberIds) && memberIds.every(isMemberId) && reply.circuit === circuit;
  if (!sound) throw new MalformedStateError(`The store's view of ${circuit} is damaged`);
  const counts = { members, votes, successes, failures };
  return { ...readChange(reply), ...counts, ...(tally !== undefined && { tally }), memberIds };
}

/** Reads the names of the circuits. */
export function readNames(answer: unknown): readonly string[] {
  if (!Array.isArray(answer)) throw new MalformedStateError('The list of circuits is damaged');
  return answer.map(textOf);
}

function isMemberId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longestMember;
}

/** A client may be set to give what it reads as bytes. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  throw new MalformedStateError(`The store answered ${typeof value} instead of text`);
}
