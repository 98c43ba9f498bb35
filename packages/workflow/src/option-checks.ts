import { WorkflowError } from './errors.ts';

/** Throws where `options` is no object, or has an option that nobody knows: most often a typo. */
export function checkKeys(owner: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new WorkflowError('ERR_DEFINITION', `${owner}: options must be an object`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new WorkflowError(
        'ERR_DEFINITION',
        `${owner}: unknown option "${key}"; known are ${known.join(', ')}`,
      );
    }
  }
}

/** A name as it may stand in the journal: not empty, not long, and without the marks of the engine. */
export function checkName(what: string, name: unknown): string {
  if (typeof name !== 'string' || name.trim() === '' || name.length > 200 || /[#/@\n]/.test(name)) {
    throw new WorkflowError(
      'ERR_DEFINITION',
      `${what}: ${JSON.stringify(name)} is not allowed; it takes a text of 1 to 200 characters ` +
        'without "#", "/", "@" and line breaks',
    );
  }
  return name;
}

/** An object with these methods, or nothing. */
export function checkMethods(what: string, value: unknown, methods: readonly string[]): void {
  if (value === undefined) return;
  const given = Object(value) as Record<string, unknown>;
  if (methods.every((method) => typeof given[method] === 'function')) return;
  throw new WorkflowError(
    'ERR_DEFINITION',
    `${what}: takes an object with the methods ${methods.join(', ')}`,
  );
}

/** An integer of at least 1, or `Infinity` where `infinite` allows it. */
export function checkCount(what: string, value: unknown, infinite = false): number {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  if (infinite && value === Infinity) return Infinity;
  throw new WorkflowError(
    'ERR_DEFINITION',
    `${what}: ${String(value)} is not allowed; it takes an integer of at least 1`,
  );
}
