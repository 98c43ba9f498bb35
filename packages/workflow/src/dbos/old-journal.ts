import { DBOSJSON, SERIALIZER_MARKER_KEY } from '@dbos-inc/dbos-sdk/internal/serialization';
import { WorkflowError } from '../errors.ts';

/** Reads a value as DBOS wrote it for version 0.1 of this package. */
export function parseOld(text: string): unknown {
  // What DBOS notes down for itself is plain JSON.
  return text.includes(SERIALIZER_MARKER_KEY) ? DBOSJSON.parse(text) : JSON.parse(text);
}

/** How a run of 0.1 failed: what it threw, with its name and code, and what it undid. */
export function oldFailure(
  error: unknown,
): { readonly error: unknown; readonly undone: readonly string[] } | undefined {
  const { highway } = Object(error) as { highway?: unknown };
  const { error: held, undone } = Object(highway) as { error?: unknown; undone?: unknown };
  const { name, message, properties, thrown } = Object(held) as Record<string, unknown>;
  if (typeof message !== 'string' || !Array.isArray(undone)) return undefined;
  const steps = undone.map(String);
  if (typeof thrown === 'object' && thrown !== null && 'value' in thrown) {
    return { error: thrown.value, undone: steps };
  }
  const made = Object.assign(new Error(message), properties);
  Object.defineProperty(made, 'name', { value: name, configurable: true, writable: true });
  return { error: made, undone: steps };
}

/** The error of those who would have a run of an old journal go on. */
export function oldJournal(id: string): WorkflowError {
  return new WorkflowError(
    'ERR_REPLAY',
    `The run "${id}" was begun by version 0.1 of this package, and its journal can't be gone on with. ` +
      'Finish it with that version, or start it anew under another id',
  );
}
