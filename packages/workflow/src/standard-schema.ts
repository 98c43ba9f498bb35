import { WorkflowError } from './errors.ts';
import { findUnstorable } from './records/storable.ts';

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

/** Checks what a run is started with; gives what the schema made of it. */
export async function checkInput(
  workflow: string,
  schema: StandardSchema<unknown> | undefined,
  input: unknown,
): Promise<unknown> {
  const result = await schema?.['~standard'].validate(input);
  if (result?.issues !== undefined) {
    throw new WorkflowError('ERR_INPUT', `${workflow}: ${result.issues.map(show).join('; ')}`);
  }
  const value = result === undefined ? input : result.value;
  const bad = findUnstorable(value);
  if (bad !== undefined) {
    const where = bad.path === '' ? '' : ` at ${bad.path}`;
    throw new WorkflowError('ERR_INPUT', `${workflow}: the input holds ${bad.what}${where}`);
  }
  return value;
}

function show({ message, path = [] }: SchemaIssue): string {
  const keys = path.map((part) => {
    const { key = part } = Object(part) as { key?: unknown };
    return String(key);
  });
  return keys.length === 0 ? message : `${keys.join('.')}: ${message}`;
}
