import { CommanderError } from 'commander';
import { messageOf } from '../errors.ts';

/** The exit codes of the program. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

/** The command line is invalid. */
export class UsageError extends Error {}

/** The command can't be executed. */
export class CommandError extends Error {}

/** A failed command, as the user sees it. */
export interface Failure {
  readonly exitCode: number;
  /** Empty if the user has seen everything already. */
  readonly message: string;
  readonly code: string | undefined;
}

/** Converts any thrown value. Without stack traces, which don't help the user of a program. */
export function failureFrom(error: unknown): Failure {
  if (error instanceof CommanderError) return failureFromCommander(error);
  const { code } = Object(error) as { code?: unknown };
  return {
    exitCode: error instanceof UsageError ? exitCodes.usage : exitCodes.failed,
    message: userMessage(error),
    code: typeof code === 'string' ? code : undefined,
  };
}

/** Commander has printed the help or the version itself; its errors are printed here. */
function failureFromCommander({ exitCode, code, message }: CommanderError): Failure {
  if (exitCode === 0) return { exitCode: exitCodes.ok, message: '', code: undefined };
  const shown = code === 'commander.help' ? '' : message.replace(/^error: /, '');
  return { exitCode: exitCodes.usage, message: shown, code: undefined };
}

const unreachable = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'ECONNRESET', 'ENOENT'];
// The SQLSTATEs for a missing table and a missing schema.
const missing = ['42P01', '3F000'];

function userMessage(error: unknown): string {
  const { code, address, hostname } = Object(error) as Record<string, unknown>;
  if (missing.includes(String(code))) {
    return 'The database has no workflows: no Highway has been started on it';
  }
  if (unreachable.includes(String(code))) {
    const host = [address, hostname].find((value) => typeof value === 'string');
    return `Can't reach the database${host === undefined ? '' : ` at ${host}`}: ${String(code)}`;
  }
  const message = messageOf(error).trim();
  return message === '' ? `Failed: ${String(code ?? error)}` : message;
}
