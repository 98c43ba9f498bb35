import type { Context } from './engine/run/context.ts';
import { WorkflowError } from './errors.ts';
import { checkCount, checkKeys, checkName } from './option-checks.ts';
import type { StandardSchema } from './standard-schema.ts';

/** A workflow's function: plain code whose effects all go through `ctx`. */
export type WorkflowFunction<Input, Output> = (
  input: Input,
  ctx: Context,
) => Promise<Output> | Output;

/** Options of a workflow. */
export interface WorkflowOptions<Input = unknown> {
  /**
   * How many of its runs one process executes at the same time. Runs that are parked, sleeping or
   * waiting don't count. Default: 100.
   */
  readonly concurrency?: number | undefined;
  /** How many of its runs one process holds at most, including those that wait. Default: 10,000. */
  readonly maxOpen?: number | undefined;
  /** Validates, and may transform, the input of a run: any Standard Schema. Default: none. */
  readonly input?: StandardSchema<Input> | undefined;
  /**
   * The version of the code. A run is finished by the version that it was started with. Default: the
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

/** Reads the arguments of `highway.workflow`; throws at the first invalid one and names it. */
export function define(name: string, fn: unknown, options: unknown = {}): Definition {
  const owner = `workflow "${checkName('workflow', name)}"`;
  if (typeof fn !== 'function') {
    throw invalid(
      `${owner}: expected a function as the second argument: workflow(name, fn, options?)`,
    );
  }
  checkKeys(owner, options, known);
  const read = options as WorkflowOptions;
  const { concurrency = 100, maxOpen = 10_000, input, version } = read;
  if (input !== undefined && !isSchema(input)) {
    throw invalid(`${owner}: input: expected a Standard Schema`);
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

function invalid(message: string): WorkflowError {
  return new WorkflowError('ERR_DEFINITION', message);
}

const definitions = new WeakMap<object, Definition>();

/** Attaches its definition to a workflow. */
export function attachDefinition(workflow: object, definition: Definition): void {
  definitions.set(workflow, definition);
}

/** The definition of a workflow; `undefined` for any other value. */
export function definitionOf(workflow: unknown): Definition | undefined {
  return typeof workflow === 'object' && workflow !== null ? definitions.get(workflow) : undefined;
}
