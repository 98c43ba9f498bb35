import { errorClasses } from './built-ins.ts';
import { mark } from './check-value.ts';

type Marked = Readonly<Record<string, unknown>>;
type Entries = readonly (readonly [unknown, unknown])[];

/** Restores a value that `encodeValue` has encoded. Throws for any other text. */
export function decodeValue(text: string): unknown {
  const tree: unknown = JSON.parse(text);
  // In JSON, unescaped quotes around a mark can only be those of a key.
  return text.includes(`"${mark}"`) ? decodeTree(tree) : tree;
}

/** The same for JSON that is parsed already; changes the tree. */
export function decodeTree(tree: unknown): unknown {
  return new Decoder().decode(tree);
}

class Decoder {
  readonly #shared = new Map<unknown, unknown>();

  /** Calls `keep` with the value before its contents are decoded, since it may contain itself. */
  decode(tree: unknown, keep?: (made: unknown) => void): unknown {
    if (typeof tree !== 'object' || tree === null) return tree;
    if (!Array.isArray(tree) && Object.hasOwn(tree, mark))
      return this.#decodeMarked(tree as Marked, keep);
    keep?.(tree);
    for (const [key, held] of Object.entries(tree)) {
      if (typeof held === 'object' && held !== null) put(tree, key, this.decode(held));
    }
    return tree;
  }

  #decodeMarked(tree: Marked, keep: ((made: unknown) => void) | undefined): unknown {
    const { v } = tree;
    switch (tree[mark]) {
      case 'shared':
        return this.decode(v, (made) => this.#shared.set(tree['n'], made));
      case 'again':
        if (!this.#shared.has(v)) throw new TypeError('contains a reference to a missing object');
        return this.#shared.get(v);
      case 'object':
      case 'bare':
        return this.#decodeObject(tree, keep);
      case 'map':
      case 'set':
      case 'error':
        return this.#decodeCollection(tree, keep);
      default: {
        const made = leafOf(tree[mark], v);
        keep?.(made);
        return made;
      }
    }
  }

  #decodeObject(tree: Marked, keep: ((made: unknown) => void) | undefined): unknown {
    const isBare = tree[mark] === 'bare' || tree['bare'] === true;
    const made = (isBare ? Object.create(null) : {}) as object;
    keep?.(made);
    const entries = Array.isArray(tree['v'])
      ? (tree['v'] as [string, unknown][])
      : Object.entries(tree['v'] as object);
    for (const [key, held] of entries) put(made, key, this.decode(held));
    return made;
  }

  #decodeCollection(tree: Marked, keep: ((made: unknown) => void) | undefined): unknown {
    if (tree[mark] === 'map') {
      const map = new Map<unknown, unknown>();
      keep?.(map);
      for (const [key, held] of tree['v'] as Entries) map.set(this.decode(key), this.decode(held));
      return map;
    }
    if (tree[mark] === 'set') {
      const set = new Set<unknown>();
      keep?.(set);
      for (const held of tree['v'] as unknown[]) set.add(this.decode(held));
      return set;
    }
    return this.#decodeError(tree, keep);
  }

  #decodeError(tree: Marked, keep: ((made: unknown) => void) | undefined): unknown {
    const made = bareError(String(tree['class']));
    keep?.(made);
    for (const [key, held] of tree['hidden'] as Entries)
      put(made, String(key), this.decode(held), false);
    for (const [key, held] of tree['shown'] as Entries) put(made, String(key), this.decode(held));
    for (const brand of tree['brands'] as string[]) {
      Object.defineProperty(made, Symbol.for(brand), { value: true });
    }
    return made;
  }
}

/** An error without own properties. */
function bareError(name: string): Error {
  const make = errorClasses[name] ?? Error;
  const made = make === AggregateError ? new AggregateError([]) : new (make as ErrorConstructor)();
  for (const key of Object.getOwnPropertyNames(made)) Reflect.deleteProperty(made, key);
  return made;
}

function leafOf(kind: unknown, v: unknown): unknown {
  switch (kind) {
    case 'undefined':
      return undefined;
    case 'number':
      return Number(v);
    case 'bigint':
      return BigInt(v as string);
    case 'date':
      return new Date(v as number);
    case 'regexp': {
      const [source, flags, lastIndex] = v as [string, string, number];
      return Object.assign(new RegExp(source, flags), { lastIndex });
    }
    case 'url':
      return new URL(v as string);
    default:
      return bytesOf(kind, v);
  }
}

const views = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
};

function bytesOf(kind: unknown, v: unknown): unknown {
  const bytes = Buffer.from(String(v), 'base64');
  if (kind === 'Buffer') return bytes;
  // A buffer of its own: that of small ones is shared.
  const own = new Uint8Array(bytes).buffer;
  if (kind === 'ArrayBuffer') return own;
  const View = Object.hasOwn(views, kind as string) ? views[kind as keyof typeof views] : undefined;
  if (View === undefined) throw new TypeError(`has an unknown mark: ${String(kind)}`);
  return new View(own);
}

function put(target: object, key: string, value: unknown, enumerable = true): void {
  if (enumerable && key !== '__proto__' && !(target instanceof Error)) {
    (target as Record<string, unknown>)[key] = value;
    return;
  }
  Object.defineProperty(target, key, { value, enumerable, configurable: true, writable: true });
}
