/** Where a value holds something that the journal can't keep, and what that is. */
export interface Unstorable {
  /** Such as `.items[2].close`; empty for the value itself. */
  readonly path: string;
  readonly what: string;
}

/** Whether the journal gives the value back as it is. */
export function isStorable(value: unknown): boolean {
  return findUnstorable(value) === undefined;
}

/**
 * Looks for what would be lost or changed on the way through the journal: functions, symbols,
 * promises, instances of classes. Takes time in proportion to the value's size.
 */
export function findUnstorable(value: unknown): Unstorable | undefined {
  return search(value, '', new Set());
}

function search(value: unknown, path: string, seen: Set<object>): Unstorable | undefined {
  if (typeof value === 'function') return { path, what: `the function ${value.name}`.trimEnd() };
  if (typeof value === 'symbol') return { path, what: 'a symbol' };
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  seen.add(value);
  if (isLeaf(value)) return undefined;
  if (Array.isArray(value)) return searchAll(value.entries(), path, seen, (key) => `[${key}]`);
  if (value instanceof Map) return searchAll(value, path, seen, (key) => `.get(${String(key)})`);
  if (value instanceof Set) return searchAll(value.entries(), path, seen, () => '.values()');
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    return { path, what: `an instance of ${nameOf(prototype)}` };
  }
  return searchAll(Object.entries(value), path, seen, (key) => `.${String(key)}`);
}

function searchAll(
  entries: Iterable<readonly [unknown, unknown]>,
  path: string,
  seen: Set<object>,
  step: (key: string | number) => string,
): Unstorable | undefined {
  for (const [key, value] of entries) {
    const found = search(value, path + step(key as string | number), seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isLeaf(value: object): boolean {
  return (
    value instanceof Date ||
    value instanceof RegExp ||
    value instanceof URL ||
    value instanceof Error ||
    ArrayBuffer.isView(value)
  );
}

function nameOf(prototype: unknown): string {
  const { constructor } = Object(prototype) as { constructor?: { name?: unknown } };
  return typeof constructor?.name === 'string' && constructor.name !== ''
    ? constructor.name
    : 'a class';
}
