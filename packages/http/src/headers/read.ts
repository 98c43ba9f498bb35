/** Headers of an answer or a request: a `Headers`, or a record with names in any case. */
export type HeadersLike =
  | { get(name: string): unknown }
  | Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Reads a header by its name in lower case; `undefined` if there is none. Several values are joined by commas. */
export function readHeader(headers: HeadersLike, name: string): string | undefined {
  const value = find(headers, name);
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'number' ? String(value) : undefined;
}

function find(headers: HeadersLike, name: string): unknown {
  if (typeof headers.get === 'function')
    return (headers as { get(name: string): unknown }).get(name);
  const record = headers as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(record, name)) return record[name];
  const key = Object.keys(record).find((each) => each.toLowerCase() === name);
  return key === undefined ? undefined : record[key];
}
