import { builtInOf, classNameOf } from './built-ins.ts';
import type { BuiltIn } from './built-ins.ts';
import { keySegment, unstorable } from './unstorable-error.ts';
import type { ValuePath } from './unstorable-error.ts';

/** The result of checking a value that can be stored: what its encoding needs. */
export interface ValueCheck {
  /** The objects that occur more than once, or within themselves. */
  readonly shared: ReadonlySet<object>;
  /** Whether plain JSON restores the value unchanged. */
  readonly isJson: boolean;
}

/** The key that marks an encoded value of a kind that JSON lacks. */
export const mark = '$';

/** The brands that error guards check. They are on the prototypes, which the journal doesn't keep. */
export const brands: readonly string[] = [
  '@highway/resilience/error',
  '@highway/resilience/rejected',
  '@highway/workflow/error',
];
const brandSymbols = new Set<symbol>(brands.map((brand) => Symbol.for(brand)));

/** The built-in properties of errors, which are usually not enumerable. */
export const errorKeys: readonly string[] = ['name', 'message', 'stack', 'cause', 'errors'];

// Deeper values would overflow the stack, here or in JSON.
const deepest = 1_000;
// Listing the keys of a byte array lists each byte, so large ones are not checked for extra properties.
const longestListed = 4_096;

/**
 * Checks a whole value; throws an `UnstorableError` for the first part that could not be restored
 * unchanged. Takes time in proportion to the value's size.
 */
export function checkValue(value: unknown): ValueCheck {
  const surveyor = new ValueChecker();
  surveyor.visit(value, undefined, 0);
  return { shared: surveyor.shared, isJson: surveyor.isJson && surveyor.shared.size === 0 };
}

class ValueChecker {
  readonly shared = new Set<object>();
  isJson = true;
  readonly #seen = new Set<object>();

  visit(value: unknown, path: ValuePath | undefined, depth: number): void {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return;
      case 'number':
        if (!Number.isFinite(value) || Object.is(value, -0)) this.isJson = false;
        return;
      case 'undefined':
      case 'bigint':
        this.isJson = false;
        return;
      case 'function':
        throw unstorable(path, `the function ${value.name}`.trimEnd());
      case 'symbol':
        throw unstorable(path, 'a symbol');
      default:
        if (value !== null) this.#visitObject(value as object, path, depth);
    }
  }

  #visitObject(value: object, path: ValuePath | undefined, depth: number): void {
    if (this.#seen.has(value)) {
      this.shared.add(value);
      return;
    }
    this.#seen.add(value);
    if (depth > deepest)
      throw unstorable(path, `a value that is nested more than ${deepest} levels deep`);
    const kind = builtInOf(value);
    if (kind === undefined) throw unstorable(path, `an instance of ${classNameOf(value)}`);
    if (kind === 'Array') this.#visitArray(value as unknown[], path, depth);
    else if (kind === 'Object') this.#visitPlain(value, path, depth);
    else {
      this.isJson = false;
      this.#visitSpecial(value, kind, { path, depth });
    }
  }

  #visitArray(value: readonly unknown[], path: ValuePath | undefined, depth: number): void {
    checkItems(value, path);
    for (let i = 0; i < value.length; i += 1) {
      const item = value[i];
      // Most items are numbers or strings, which need no path.
      if (typeof item === 'object' || typeof item === 'function' || typeof item === 'symbol') {
        this.visit(item, { parent: path, segment: `[${i}]` }, depth + 1);
      } else this.visit(item, undefined, 0);
    }
  }

  #visitPlain(value: object, path: ValuePath | undefined, depth: number): void {
    if (Object.getPrototypeOf(value) === null) this.isJson = false;
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === 'symbol') throw unstorable(path, `the symbol key ${String(key)}`);
      const held = Object.getOwnPropertyDescriptor(value, key)!;
      const at = { parent: path, segment: keySegment(key) };
      if (!held.enumerable) throw unstorable(at, 'a property that is not enumerable');
      if (!('value' in held)) throw unstorable(at, 'a getter or setter');
      if (key === mark) this.isJson = false;
      this.visit(held.value, at, depth + 1);
    }
  }

  #visitSpecial(
    value: object,
    kind: BuiltIn,
    { path, depth }: { readonly path: ValuePath | undefined; readonly depth: number },
  ): void {
    switch (kind) {
      case 'Map':
        checkExtras(value, path);
        for (const [key, held] of value as Map<unknown, unknown>) {
          this.visit(key, { parent: path, segment: '.keys()' }, depth + 1);
          this.visit(held, { parent: path, segment: `.get(${shown(key)})` }, depth + 1);
        }
        return;
      case 'Set':
        checkExtras(value, path);
        for (const held of value as Set<unknown>) {
          this.visit(held, { parent: path, segment: '.values()' }, depth + 1);
        }
        return;
      case 'Error':
        this.#visitError(value as Error, path, depth);
        return;
      case 'RegExp':
        checkExtras(value, path, ['lastIndex']);
        return;
      case 'Date':
        if (Number.isNaN((value as Date).getTime())) throw unstorable(path, 'an invalid Date');
        checkExtras(value, path);
        return;
      case 'URL':
      case 'ArrayBuffer':
        checkExtras(value, path);
        return;
      default:
        checkBytes(value as Uint8Array, path);
    }
  }

  #visitError(value: Error, path: ValuePath | undefined, depth: number): void {
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === 'symbol') {
        if (brandSymbols.has(key)) continue;
        throw unstorable(path, `the symbol key ${String(key)}`);
      }
      const held = Object.getOwnPropertyDescriptor(value, key)!;
      const at = { parent: path, segment: keySegment(key) };
      // In newer runtimes the stack is a getter.
      if (key === 'stack') continue;
      if (!held.enumerable && !errorKeys.includes(key)) {
        throw unstorable(at, 'a property that is not enumerable');
      }
      if (!('value' in held)) throw unstorable(at, 'a getter or setter');
      this.visit(held.value, at, depth + 1);
    }
  }
}

/** Throws if an array is sparse, or has properties other than its items. */
function checkItems(value: readonly unknown[], path: ValuePath | undefined): void {
  const keys = Reflect.ownKeys(value);
  // The indexes come first, in order, and then the length.
  if (keys.length === value.length + 1 && keys.at(-1) === 'length') return;
  const extra = keys.find((key) => key !== 'length' && !isIndex(key));
  if (typeof extra === 'symbol') throw unstorable(path, `the symbol key ${String(extra)}`);
  if (extra !== undefined) {
    throw unstorable({ parent: path, segment: keySegment(extra) }, 'a property of an array');
  }
  let empty = 0;
  while (Object.hasOwn(value, empty)) empty += 1;
  throw unstorable({ parent: path, segment: `[${empty}]` }, 'an empty slot of an array');
}

function isIndex(key: string | symbol): boolean {
  return typeof key === 'string' && /^(?:0|[1-9]\d*)$/.test(key) && Number(key) < 2 ** 32 - 1;
}

/** Throws if an object of a built-in class has extra properties. */
function checkExtras(
  value: object,
  path: ValuePath | undefined,
  own: readonly string[] = [],
): void {
  const extra = Reflect.ownKeys(value).find((key) => !own.includes(key as string));
  if (extra === undefined) return;
  const segment = typeof extra === 'symbol' ? `[${String(extra)}]` : keySegment(extra);
  throw unstorable({ parent: path, segment }, `a property of an instance of ${classNameOf(value)}`);
}

function checkBytes(value: Uint8Array, path: ValuePath | undefined): void {
  const { buffer, length } = value;
  if (Object.prototype.toString.call(buffer) !== '[object ArrayBuffer]') {
    throw unstorable(path, 'shared memory');
  }
  if (length > longestListed || Reflect.ownKeys(value).length === length) return;
  throw unstorable(path, `a property of an instance of ${classNameOf(value)}`);
}

function shown(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key);
  return typeof key === 'object' && key !== null ? '…' : String(key);
}
