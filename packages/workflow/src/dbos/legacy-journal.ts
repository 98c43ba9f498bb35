import { WorkflowError } from '../errors.ts';
import { DBOSJSON, SERIALIZER_MARKER_KEY } from './internals.ts';

/** Parses a value as DBOS wrote it for version 0.1 of this package. */
export function parseLegacy(text: string): unknown {
  // DBOS writes its own values as plain JSON.
  return text.includes(SERIALIZER_MARKER_KEY) ? DBOSJSON.parse(text) : JSON.parse(text);
}

/** The error of a run of 0.1, with its name and code, and the steps that were compensated. */
export function legacyFailure(
  error: unknown,
): { readonly error: unknown; readonly compensated: readonly string[] } | undefined {
  const { highway } = Object(error) as { highway?: unknown };
  // Version 0.1 called them undone.
  const { error: held, undone } = Object(highway) as { error?: unknown; undone?: unknown };
  const { name, message, properties, thrown } = Object(held) as Record<string, unknown>;
  if (typeof message !== 'string' || !Array.isArray(undone)) return undefined;
  const compensated = undone.map(String);
  if (typeof thrown === 'object' && thrown !== null && 'value' in thrown) {
    return { error: thrown.value, compensated };
  }
  const made = Object.assign(new Error(message), properties);
  Object.defineProperty(made, 'name', { value: name, configurable: true, writable: true });
  return { error: made, compensated };
}

/** The error for an attempt to continue a run that has a journal of version 0.1. */
export function legacyJournalError(id: string): WorkflowError {
  return new WorkflowError(
    'ERR_REPLAY',
    `The run "${id}" was started by version 0.1 of this package, whose journals this version can't continue. ` +
      'Finish it with version 0.1, or start it again under another id',
  );
}
