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

// The journal notes where such a value stands by its path, and doesn't find that again.
const lostBelow = 'a value that JSON lacks, under an empty key or one with a dot,';

function search(value: unknown, path: string, seen: Set<object>): Unstorable | undefined {
  if (typeof value === 'function') return { path, what: `the function ${value.name}`.trimEnd() };
  if (typeof value === 'symbol') return { path, what: 'a symbol' };
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  seen.add(value);
  if (ArrayBuffer.isView(value) || value instanceof Date) return searchLeaf(value, path);
  if (isLeaf(value)) return undefined;
  if (Array.isArray(value)) return searchAll(value.entries(), path, seen, (key) => `[${key}]`);
  if (value instanceof Map) {
    const keys = [...value.keys()].entries();
    return (
      searchAll(keys, path, seen, () => '.keys()') ??
      searchAll(value, path, seen, (key) => `.get(${String(key)})`)
    );
  }
  if (value instanceof Set) return searchAll(value.entries(), path, seen, () => '.values()');
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    return { path, what: `an instance of ${nameOf(prototype)}` };
  }
  const entries = Object.entries(value);
  const lost = entries.find(([key, held]) => (key === '' || key.includes('.')) && !isJson(held));
  if (lost !== undefined) return { path: `${path}.${lost[0]}`, what: lostBelow };
  return searchAll(entries, path, seen, (key) => `.${String(key)}`);
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

function searchLeaf(value: Date | ArrayBufferView, path: string): Unstorable | undefined {
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? { path, what: 'an invalid Date' } : undefined;
  }
  const isFloat = value instanceof Float32Array || value instanceof Float64Array;
  if (isFloat && !value.every(Number.isFinite)) {
    return { path, what: `a ${nameOf(value)} with numbers that are not finite` };
  }
  const isKept = isFloat || integers.some((type) => value instanceof type);
  return isKept ? undefined : { path, what: `an instance of ${nameOf(value)}` };
}

const integers = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
];

function isLeaf(value: object): boolean {
  return value instanceof RegExp || value instanceof URL || value instanceof Error;
}

/** Whether JSON has it, whatever it holds. */
function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value !== undefined && typeof value !== 'bigint';
  }
  const isSpecial = isLeaf(value) || value instanceof Date || ArrayBuffer.isView(value);
  return !isSpecial && !(value instanceof Map) && !(value instanceof Set);
}

function nameOf(prototype: unknown): string {
  const { constructor } = Object(prototype) as { constructor?: { name?: unknown } };
  return typeof constructor?.name === 'string' && constructor.name !== ''
    ? constructor.name
    : 'a class';
}
