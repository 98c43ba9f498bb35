import { builtInOf, classNameOf } from './built-ins.ts';
import type { BuiltIn } from './built-ins.ts';
import { brands, checkValue, errorKeys, mark } from './check-value.ts';
import { UnstorableError } from './unstorable-error.ts';

/**
 * Encodes a value as JSON, from which `decodeValue` restores it. A value of a kind that JSON lacks
 * becomes an object with a mark. Throws an `UnstorableError` if some part could not be restored.
 */
export function encodeValue(value: unknown): string {
  try {
    const { shared, isJson } = checkValue(value);
    return JSON.stringify(isJson ? value : new Encoder(shared).encode(value));
  } catch (error) {
    if (error instanceof UnstorableError) throw error;
    // A proxy, or something that changes while it is read.
    throw new UnstorableError('', `something that can't be read (${String(error)})`);
  }
}

class Encoder {
  readonly #shared: ReadonlySet<object>;
  readonly #numbers = new Map<object, number>();

  constructor(shared: ReadonlySet<object>) {
    this.#shared = shared;
  }

  encode(value: unknown): unknown {
    switch (typeof value) {
      case 'undefined':
        return { [mark]: 'undefined' };
      case 'bigint':
        return { [mark]: 'bigint', v: String(value) };
      case 'number':
        if (Number.isFinite(value) && !Object.is(value, -0)) return value;
        return { [mark]: 'number', v: Object.is(value, -0) ? '-0' : String(value) };
      default:
        return typeof value === 'object' && value !== null ? this.#encodeObject(value) : value;
    }
  }

  #encodeObject(value: object): unknown {
    if (!this.#shared.has(value)) return this.#encodeOne(value);
    const known = this.#numbers.get(value);
    if (known !== undefined) return { [mark]: 'again', v: known };
    const number = this.#numbers.size;
    this.#numbers.set(value, number);
    return { [mark]: 'shared', n: number, v: this.#encodeOne(value) };
  }

  #encodeOne(value: object): unknown {
    const kind = builtInOf(value);
    if (kind === undefined) throw new UnstorableError('', `an instance of ${classNameOf(value)}`);
    if (kind === 'Array') return (value as unknown[]).map((item) => this.encode(item));
    if (kind === 'Object') return this.#encodePlain(value);
    return this.#encodeSpecial(value, kind);
  }

  #encodePlain(value: object): unknown {
    const entries = Object.entries(value).map(([key, held]) => [key, this.encode(held)] as const);
    if (Object.hasOwn(value, mark)) {
      return { [mark]: 'object', bare: Object.getPrototypeOf(value) === null, v: entries };
    }
    const copy = objectOf(entries);
    return Object.getPrototypeOf(value) === null ? { [mark]: 'bare', v: copy } : copy;
  }

  #encodeSpecial(value: object, kind: BuiltIn): unknown {
    switch (kind) {
      case 'Map': {
        const entries = [...(value as Map<unknown, unknown>)];
        return { [mark]: 'map', v: entries.map((entry) => entry.map((held) => this.encode(held))) };
      }
      case 'Set':
        return { [mark]: 'set', v: [...(value as Set<unknown>)].map((held) => this.encode(held)) };
      case 'Date':
        return { [mark]: 'date', v: (value as Date).getTime() };
      case 'RegExp': {
        const { source, flags, lastIndex } = value as RegExp;
        return { [mark]: 'regexp', v: [source, flags, lastIndex] };
      }
      case 'URL':
        return { [mark]: 'url', v: (value as URL).href };
      case 'Error':
        return this.#encodeError(value as Error);
      case 'ArrayBuffer':
        return {
          [mark]: kind,
          v: base64(value as ArrayBuffer, 0, (value as ArrayBuffer).byteLength),
        };
      default: {
        const { buffer, byteOffset, byteLength } = value as Uint8Array;
        return { [mark]: kind, v: base64(buffer as ArrayBuffer, byteOffset, byteLength) };
      }
    }
  }

  #encodeError(error: Error): unknown {
    const keys = Object.getOwnPropertyNames(error);
    const isHidden = (key: string): boolean =>
      errorKeys.includes(key) && !Object.prototype.propertyIsEnumerable.call(error, key);
    const entryOf = (key: string): readonly [string, unknown] => [
      key,
      this.encode((error as unknown as Record<string, unknown>)[key]),
    ];
    // In the order in which they are decoded: a shared object is written where it occurs first.
    const hidden = keys.filter(isHidden).map(entryOf);
    const shown = keys.filter((key) => !isHidden(key)).map(entryOf);
    return {
      [mark]: 'error',
      class: classNameOf(error),
      hidden,
      shown,
      brands: brands.filter((brand) => Object.hasOwn(error, Symbol.for(brand))),
    };
  }
}

/** An object with these entries, even if a key is `__proto__`. */
function objectOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries);
}

function base64(buffer: ArrayBuffer, offset: number, length: number): string {
  return Buffer.from(buffer, offset, length).toString('base64');
}
