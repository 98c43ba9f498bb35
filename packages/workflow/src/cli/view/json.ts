/** Converts any value of a run to JSON: dates to ISO strings, maps and sets to arrays, errors to objects. */
export function toJson(value: unknown, indented = true): string {
  return JSON.stringify(plainOf(value, new Set()) ?? null, undefined, indented ? 2 : undefined);
}

function plainOf(value: unknown, within: ReadonlySet<object>): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (within.has(value)) return '[circular]';
  const inside = new Set(within).add(value);
  const each = (items: Iterable<unknown>): unknown[] =>
    [...items].map((item) => plainOf(item, inside) ?? null);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof RegExp || value instanceof URL) return String(value);
  if (Array.isArray(value) || value instanceof Set) return each(value);
  if (value instanceof Map) return each(value);
  if (ArrayBuffer.isView(value)) return base64(value);
  return plainObject(value, inside);
}

function plainObject(value: object, inside: ReadonlySet<object>): Record<string, unknown> {
  const entries: [string, unknown][] = Object.entries(value);
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    entries.unshift(['name', name], ['message', message], ['stack', stack], ['cause', cause]);
  }
  return Object.fromEntries(entries.map(([key, held]) => [key, plainOf(held, inside)]));
}

function base64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
