import { WorkflowError } from './errors.ts';
import { checkCount, checkKeys, checkName } from './option-checks.ts';
import type { StandardSchema } from './standard-schema.ts';
import type { Context } from './run/context.ts';

/** A workflow's function: plain code, whose every effect goes through `ctx`. */
export type WorkflowFunction<Input, Output> = (
  input: Input,
  ctx: Context,
) => Promise<Output> | Output;

/** Options of a workflow. */
export interface WorkflowOptions<Input = unknown> {
  /**
   * How many of its runs make progress at once in one process. Runs that are parked, asleep or waiting
   * don't count. Default: 100.
   */
  readonly concurrency?: number | undefined;
  /** How many runs one process takes on at most, waiting ones included. Default: 10,000. */
  readonly maxOpen?: number | undefined;
  /** Checks, and may transform, what a run is started with: any Standard Schema. Default: none. */
  readonly input?: StandardSchema<Input> | undefined;
  /**
   * Which code this is. Runs are finished by the version that they were started with. Default: the
   * version of the `Highway`, or else a hash of the function's source.
   */
  readonly version?: string | undefined;
}

/** A workflow as the engine knows it. */
export interface Definition {
  readonly name: string;
  readonly concurrency: number;
  readonly maxOpen: number;
  readonly schema: StandardSchema<unknown> | undefined;
  readonly version: string | undefined;
  readonly fn: WorkflowFunction<unknown, unknown>;
}

const known = ['concurrency', 'maxOpen', 'input', 'version'];

/** Reads what `highway.workflow` is given; throws at the first that is bad, naming it. */
export function define(
  name: string,
  options: WorkflowOptions<never>,
  fn: WorkflowFunction<never, unknown>,
): Definition {
  const owner = `workflow "${checkName('workflow', name)}"`;
  checkKeys(owner, options, known);
  if (typeof fn !== 'function') throw bad(`${owner}: needs a function`);
  const { concurrency = 100, maxOpen = 10_000, input, version } = options;
  if (input !== undefined && !isSchema(input)) {
    throw bad(`${owner}: input takes a schema that follows Standard Schema`);
  }
  if (version !== undefined) checkName(`${owner}: version`, version);
  return {
    name,
    concurrency: checkCount(`${owner}: concurrency`, concurrency),
    maxOpen: checkCount(`${owner}: maxOpen`, maxOpen),
    schema: input,
    version,
    fn: fn as WorkflowFunction<unknown, unknown>,
  };
}

function isSchema(input: unknown): boolean {
  const { '~standard': standard } = Object(input) as { '~standard'?: { validate?: unknown } };
  return typeof standard?.validate === 'function';
}

function bad(message: string): WorkflowError {
  return new WorkflowError('ERR_DEFINITION', message);
}
