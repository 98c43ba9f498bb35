import { CommanderError } from 'commander';
import { messageOf } from '../errors.ts';

/** How the program ends. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

/** What was asked for can't be understood. */
export class UsageError extends Error {}

/** What was asked for can't be done. */
export class CommandError extends Error {}

/** What went wrong, for those who asked. */
export interface Failure {
  readonly exitCode: number;
  /** Empty where everything has been said. */
  readonly message: string;
  readonly code: string | undefined;
}

/** Reads whatever was thrown. No traces: they say nothing to those who use the program. */
export function failureFrom(error: unknown): Failure {
  if (error instanceof CommanderError) return failureOfCall(error);
  const { code } = Object(error) as { code?: unknown };
  return {
    exitCode: error instanceof UsageError ? exitCodes.usage : exitCodes.failed,
    message: sayable(error),
    code: typeof code === 'string' ? code : undefined,
  };
}

/** Commander has written the help, or the version; what it has to complain of is left to us. */
function failureOfCall({ exitCode, code, message }: CommanderError): Failure {
  if (exitCode === 0) return { exitCode: exitCodes.ok, message: '', code: undefined };
  const said = code === 'commander.help' ? '' : message.replace(/^error: /, '');
  return { exitCode: exitCodes.usage, message: said, code: undefined };
}

const unreachable = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'ECONNRESET', 'ENOENT'];
// What Postgres calls a table, and a schema, that isn't there.
const missing = ['42P01', '3F000'];

function sayable(error: unknown): string {
  const { code, address, hostname } = Object(error) as Record<string, unknown>;
  if (missing.includes(String(code))) {
    return 'The database holds no workflows: no Highway has been started on it';
  }
  if (unreachable.includes(String(code))) {
    const where = [address, hostname].find((given) => typeof given === 'string');
    return `The database can't be reached${where === undefined ? '' : ` at ${where}`}: ${String(code)}`;
  }
  const message = messageOf(error).trim();
  return message === '' ? `Failed: ${String(code ?? error)}` : message;
}
