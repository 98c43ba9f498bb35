/** The fields that a copy of an error keeps: they say what went wrong, and where. */
const keptFields = [
  'name',
  'code',
  'errno',
  'syscall',
  'address',
  'port',
  'hostname',
  'host',
  'severity',
  'schema',
  'table',
  'column',
  'constraint',
  'routine',
  'circuit',
];
const deepest = 5;

/**
 * An error without secrets, fit for a log. Clients put their requests into errors: `ioredis` the arguments
 * of a command, even a password that the server rejected; Node the whole of an invalid URL. An error
 * without such fields is returned as it is; for any other, returns a copy of the same class without them.
 */
export function withoutSecrets(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? withoutLogins(error) : error;
  if (depth > deepest) return new Error(withoutLogins(error.message));
  const fields = Object.entries(Object.getOwnPropertyDescriptors(error));
  const copied = fields.flatMap(([field, { value }]): [string, unknown][] => {
    const known: unknown = value;
    if (field === 'message') return [[field, withoutLogins(error.message)]];
    if (field === 'stack') return [[field, withoutLogins(String(error.stack))]];
    if (field === 'cause') return [[field, withoutSecrets(known, depth + 1)]];
    if (field === 'errors' && Array.isArray(known)) {
      return [[field, known.map((each) => withoutSecrets(each, depth + 1))]];
    }
    const plain = typeof known === 'string' || typeof known === 'number';
    if (!keptFields.includes(field) || !plain) return [];
    return [[field, typeof known === 'string' ? withoutLogins(known) : known]];
  });
  const harmless =
    copied.length === fields.length &&
    copied.every(
      ([field, value]) => sameOf(error, field) === value || isSameList(error, field, value),
    );
  if (harmless) return error;
  const copy = Object.create(Object.getPrototypeOf(error) as object) as Error;
  for (const [field, value] of copied) {
    const enumerable = !['message', 'stack', 'cause', 'errors'].includes(field);
    Object.defineProperty(copy, field, { value, enumerable, writable: true, configurable: true });
  }
  return copy;
}

function sameOf(error: Error, field: string): unknown {
  return (error as unknown as Record<string, unknown>)[field];
}

function isSameList(error: Error, field: string, list: unknown): boolean {
  const before = sameOf(error, field);
  if (!Array.isArray(before) || !Array.isArray(list)) return false;
  return before.every((each, i) => each === list[i]);
}

/** Removes user names and passwords from the URLs in a message, whatever characters they have. */
function withoutLogins(message: string): string {
  return message.replaceAll(/:\/\/[^\s:@/]*:[^\s]*@/g, '://…@');
}
