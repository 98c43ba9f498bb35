import { WorkflowError } from './errors.ts';
import { storeValue } from './engine/records/stored-value.ts';
import type { StoredValue } from './engine/records/stored-value.ts';

/** What this package needs of a Standard Schema. Zod, Valibot, ArkType and others implement it. */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  };
}

/** The result of a validation. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** A problem with a value, and its path. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly unknown[] | undefined;
}

/** Validates the input of a run, and returns the schema's output, ready for the journal. */
export async function checkInput(
  workflow: string,
  schema: StandardSchema<unknown> | undefined,
  input: unknown,
): Promise<StoredValue> {
  const result = await schema?.['~standard'].validate(input);
  if (result?.issues !== undefined) {
    throw new WorkflowError('ERR_INPUT', `${workflow}: ${result.issues.map(show).join('; ')}`);
  }
  return storeValue(`${workflow}: the input`, result === undefined ? input : result.value);
}

function show({ message, path = [] }: SchemaIssue): string {
  const keys = path.map((part) => {
    const { key = part } = Object(part) as { key?: unknown };
    return String(key);
  });
  return keys.length === 0 ? message : `${keys.join('.')}: ${message}`;
}
