import { WorkflowError } from './errors.ts';
import { store } from './records/stored.ts';
import type { Stored } from './records/stored.ts';

/** What this package needs of a Standard Schema, which Zod, Valibot, ArkType and others follow. */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  };
}

/** What a schema says of a value. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** What is wrong with a value, and where. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly unknown[] | undefined;
}

/** Checks what a run is started with; gives what the schema made of it, ready for the journal. */
export async function checkInput(
  workflow: string,
  schema: StandardSchema<unknown> | undefined,
  input: unknown,
): Promise<Stored> {
  const result = await schema?.['~standard'].validate(input);
  if (result?.issues !== undefined) {
    throw new WorkflowError('ERR_INPUT', `${workflow}: ${result.issues.map(show).join('; ')}`);
  }
  return store(`${workflow}: the input`, result === undefined ? input : result.value);
}

function show({ message, path = [] }: SchemaIssue): string {
  const keys = path.map((part) => {
    const { key = part } = Object(part) as { key?: unknown };
    return String(key);
  });
  return keys.length === 0 ? message : `${keys.join('.')}: ${message}`;
}
