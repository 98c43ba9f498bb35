import { WorkflowError } from '../errors.ts';

/**
 * Classes of SQLSTATE for statements that fail now and later: their data doesn't fit, or they are
 * invalid. All other errors may be transient: a database that is read-only for a while, full,
 * restarting, in a conflict, or whose grants are being changed.
 */
const permanentClasses = new Set([
  '0A',
  '21',
  '22',
  '23',
  '26',
  '2B',
  '34',
  '39',
  '42',
  '44',
  '54',
]);
const insufficientPrivilege = '42501';
const queryCanceled = '57014';

/** With this code, DBOS repeats a transaction. It looks for it anywhere in an error. */
const outcomeUnknown = '40003';

/**
 * An error of the database, in a form that makes DBOS repeat its transaction from the beginning. By
 * itself DBOS does so only for lost connections, and treats every other error as the failure of the run.
 */
export class TransientFailure extends Error {
  readonly code: string | undefined;
  readonly error: { readonly code: string } = { code: outcomeUnknown };

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    const code = sqlStateOf(cause);
    remember(cause);
    // DBOS takes this code for a deliberate cancellation of the statement.
    this.code = code === queryCanceled ? outcomeUnknown : code;
  }
}

/** Errors that came from the database, or from the connection to it. */
const databaseErrors = new WeakSet();

function remember(error: unknown): void {
  if (typeof error === 'object' && error !== null) databaseErrors.add(error);
}

/** Converts an error of the database, or of the connection to it, for DBOS. */
export function wrapForDbos(error: unknown): unknown {
  if (error instanceof TransientFailure) return error;
  if (isTransient(error)) return new TransientFailure(error);
  remember(error);
  return error;
}

/** The database's own error. */
export function unwrapFromDbos(error: unknown): unknown {
  return error instanceof TransientFailure ? error.cause : error;
}

/** Whether an error is the database's, and so never the failure of a workflow. */
export function isDatabaseFailure(error: unknown): boolean {
  if (error instanceof TransientFailure) return true;
  return typeof error === 'object' && error !== null && databaseErrors.has(error);
}

/** Whether the same statement may succeed later. */
export function isTransient(error: unknown): boolean {
  const code = sqlStateOf(error);
  if (code !== undefined) {
    return code === insufficientPrivilege || !permanentClasses.has(code.slice(0, 2));
  }
  if (error instanceof WorkflowError) return false;
  // Without a code, it is the connection or a bug.
  return !(
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof SyntaxError
  );
}

/** Whether a statement lost a conflict with another one, on a healthy connection. */
export function isContention(error: unknown): boolean {
  return ['40001', '40P01', '55P03'].includes(sqlStateOf(error) ?? '');
}

/** The SQLSTATE of an error; `undefined` if it doesn't come from the database server. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown };
  // Codes of the system, such as EPIPE, may have five characters too.
  return typeof code === 'string' && /^(?!E[A-Z]{4}$)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
