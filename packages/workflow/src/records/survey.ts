import { builtInOf, classNameOf } from './built-ins.ts';
import type { BuiltIn } from './built-ins.ts';
import { keyStep, unstorable } from './unstorable.ts';
import type { Place } from './unstorable.ts';

/** What a look at a value has found: that it can be kept, and how. */
export interface Survey {
  /** Which objects stand at several places, or within themselves. */
  readonly shared: ReadonlySet<object>;
  /** Whether JSON gives the value back as it is. */
  readonly isJson: boolean;
}

/** What carries the mark of what JSON lacks. */
export const mark = '$';

/** The marks by which guards know errors. On their prototypes, which no journal keeps. */
export const brands: readonly string[] = [
  '@highway/resilience/error',
  '@highway/resilience/rejected',
  '@highway/workflow/error',
];
const brandSymbols = new Set<symbol>(brands.map((brand) => Symbol.for(brand)));

/** What errors have for themselves, most often where nobody enumerates it. */
export const errorKeys: readonly string[] = ['name', 'message', 'stack', 'cause', 'errors'];

// Deeper ones would end in the stack's overflow, here or in JSON.
const deepest = 1_000;
// Listing the keys of bytes lists each byte; nobody notes something on so many of them.
const longestListed = 4_096;

/**
 * Looks at all of a value; throws an `UnstorableError` at the first thing that would not come back as
 * it is. Takes time in proportion to the value's size.
 */
export function survey(value: unknown): Survey {
  const surveyor = new Surveyor();
  surveyor.visit(value, undefined, 0);
  return { shared: surveyor.shared, isJson: surveyor.isJson && surveyor.shared.size === 0 };
}

class Surveyor {
  readonly shared = new Set<object>();
  isJson = true;
  readonly #seen = new Set<object>();

  visit(value: unknown, place: Place | undefined, depth: number): void {
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
        throw unstorable(place, `the function ${value.name}`.trimEnd());
      case 'symbol':
        throw unstorable(place, 'a symbol');
      default:
        if (value !== null) this.#visitObject(value as object, place, depth);
    }
  }

  #visitObject(value: object, place: Place | undefined, depth: number): void {
    if (this.#seen.has(value)) {
      this.shared.add(value);
      return;
    }
    this.#seen.add(value);
    if (depth > deepest) throw unstorable(place, `a value that is nested ${deepest} times`);
    const kind = builtInOf(value);
    if (kind === undefined) throw unstorable(place, `an instance of ${classNameOf(value)}`);
    if (kind === 'Array') this.#visitArray(value as unknown[], place, depth);
    else if (kind === 'Object') this.#visitPlain(value, place, depth);
    else {
      this.isJson = false;
      this.#visitSpecial(value, kind, { place, depth });
    }
  }

  #visitArray(value: readonly unknown[], place: Place | undefined, depth: number): void {
    checkPlaces(value, place);
    for (let i = 0; i < value.length; i += 1) {
      const item = value[i];
      // Most often a number or a text, which need no place.
      if (typeof item === 'object' || typeof item === 'function' || typeof item === 'symbol') {
        this.visit(item, { above: place, step: `[${i}]` }, depth + 1);
      } else this.visit(item, undefined, 0);
    }
  }

  #visitPlain(value: object, place: Place | undefined, depth: number): void {
    if (Object.getPrototypeOf(value) === null) this.isJson = false;
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === 'symbol') throw unstorable(place, `the symbol key ${String(key)}`);
      const held = Object.getOwnPropertyDescriptor(value, key)!;
      const at = { above: place, step: keyStep(key) };
      if (!held.enumerable) throw unstorable(at, 'a property that is not enumerable');
      if (!('value' in held)) throw unstorable(at, 'a getter or setter');
      if (key === mark) this.isJson = false;
      this.visit(held.value, at, depth + 1);
    }
  }

  #visitSpecial(
    value: object,
    kind: BuiltIn,
    { place, depth }: { readonly place: Place | undefined; readonly depth: number },
  ): void {
    switch (kind) {
      case 'Map':
        checkExtras(value, place);
        for (const [key, held] of value as Map<unknown, unknown>) {
          this.visit(key, { above: place, step: '.keys()' }, depth + 1);
          this.visit(held, { above: place, step: `.get(${shown(key)})` }, depth + 1);
        }
        return;
      case 'Set':
        checkExtras(value, place);
        for (const held of value as Set<unknown>) {
          this.visit(held, { above: place, step: '.values()' }, depth + 1);
        }
        return;
      case 'Error':
        this.#visitError(value as Error, place, depth);
        return;
      case 'RegExp':
        checkExtras(value, place, ['lastIndex']);
        return;
      case 'Date':
        if (Number.isNaN((value as Date).getTime())) throw unstorable(place, 'an invalid Date');
        checkExtras(value, place);
        return;
      case 'URL':
      case 'ArrayBuffer':
        checkExtras(value, place);
        return;
      default:
        checkBytes(value as Uint8Array, place);
    }
  }

  #visitError(value: Error, place: Place | undefined, depth: number): void {
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === 'symbol') {
        if (brandSymbols.has(key)) continue;
        throw unstorable(place, `the symbol key ${String(key)}`);
      }
      const held = Object.getOwnPropertyDescriptor(value, key)!;
      const at = { above: place, step: keyStep(key) };
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

/** Throws where an array has an empty place, or more than its items. */
function checkPlaces(value: readonly unknown[], place: Place | undefined): void {
  const keys = Reflect.ownKeys(value);
  // The places come first, in order, and then the length.
  if (keys.length === value.length + 1 && keys.at(-1) === 'length') return;
  const extra = keys.find((key) => key !== 'length' && !isPlace(key));
  if (typeof extra === 'symbol') throw unstorable(place, `the symbol key ${String(extra)}`);
  if (extra !== undefined) {
    throw unstorable({ above: place, step: keyStep(extra) }, 'a property of an array');
  }
  let empty = 0;
  while (Object.hasOwn(value, empty)) empty += 1;
  throw unstorable({ above: place, step: `[${empty}]` }, 'an empty place of an array');
}

function isPlace(key: string | symbol): boolean {
  return typeof key === 'string' && /^(?:0|[1-9]\d*)$/.test(key) && Number(key) < 2 ** 32 - 1;
}

/** Throws where somebody has noted something on an object that is no plain one. */
function checkExtras(value: object, place: Place | undefined, own: readonly string[] = []): void {
  const extra = Reflect.ownKeys(value).find((key) => !own.includes(key as string));
  if (extra === undefined) return;
  const step = typeof extra === 'symbol' ? `[${String(extra)}]` : keyStep(extra);
  throw unstorable({ above: place, step }, `a property of an instance of ${classNameOf(value)}`);
}

function checkBytes(value: Uint8Array, place: Place | undefined): void {
  const { buffer, length } = value;
  if (Object.prototype.toString.call(buffer) !== '[object ArrayBuffer]') {
    throw unstorable(place, 'shared memory');
  }
  if (length > longestListed || Reflect.ownKeys(value).length === length) return;
  throw unstorable(place, `a property of an instance of ${classNameOf(value)}`);
}

function shown(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key);
  return typeof key === 'object' && key !== null ? '…' : String(key);
}
