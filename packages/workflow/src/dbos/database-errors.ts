import { WorkflowError } from '../errors.ts';

/**
 * Classes of SQLSTATE that say that the statement itself can't be done, now or later: what it holds
 * doesn't fit, or it is not understood. Everything else may pass: a database that is read-only for a
 * while, full, restarting, in a conflict, or whose grants are being changed.
 */
const lasting = new Set(['0A', '21', '22', '23', '26', '2B', '34', '39', '42', '44', '54']);
const insufficientPrivilege = '42501';
const queryCanceled = '57014';

/** By this, DBOS tells that a transaction is to be done again; it looks through an error for it. */
const outcomeUnknown = '40003';

/**
 * What the database answered, in a shape that has DBOS do its transaction again, from the beginning.
 * DBOS by itself does so only where a connection was lost, and takes every other answer for the
 * failure of whoever asked.
 */
export class PassingFailure extends Error {
  static {
    this.prototype.name = 'PassingFailure';
  }

  readonly code: string | undefined;
  readonly error: { readonly code: string } = { code: outcomeUnknown };

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    const code = sqlStateOf(cause);
    remember(cause);
    // DBOS takes this one for somebody's wish that the statement ends.
    this.code = code === queryCanceled ? outcomeUnknown : code;
  }
}

// What the database, or the way to it, has thrown.
const failures = new WeakSet();

function remember(error: unknown): void {
  if (typeof error === 'object' && error !== null) failures.add(error);
}

/** What DBOS is told of an error that the database, or the way to it, gave. */
export function forDbos(error: unknown): unknown {
  if (error instanceof PassingFailure) return error;
  if (mayPass(error)) return new PassingFailure(error);
  remember(error);
  return error;
}

/** What the database itself said. */
export function fromDbos(error: unknown): unknown {
  return error instanceof PassingFailure ? error.cause : error;
}

/** Whether an error is the database's, and so never the failure of a workflow. */
export function isDatabaseFailure(error: unknown): boolean {
  if (error instanceof PassingFailure) return true;
  return typeof error === 'object' && error !== null && failures.has(error);
}

/** Whether the same may go well later. */
export function mayPass(error: unknown): boolean {
  const code = sqlStateOf(error);
  if (code !== undefined) return code === insufficientPrivilege || !lasting.has(code.slice(0, 2));
  if (error instanceof WorkflowError) return false;
  // Without a code it is the connection, or a mistake in the program.
  return !(
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof SyntaxError
  );
}

/** Whether the statement lost against another one, on a connection that is well. */
export function isContention(error: unknown): boolean {
  return ['40001', '40P01', '55P03'].includes(sqlStateOf(error) ?? '');
}

/** The SQLSTATE of an error: `undefined` where the database said nothing. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown };
  // Codes of the system, such as EPIPE, may have five characters too.
  return typeof code === 'string' && /^(?!E[A-Z]{4}$)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
