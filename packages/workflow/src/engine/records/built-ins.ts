/**
 * The built-in classes whose instances the journal keeps. They may come from another realm, so they are
 * recognized by their tag and by the length of their prototype chain. A longer chain is a subclass,
 * which could not be restored unchanged.
 */
export type BuiltIn =
  | 'Object'
  | 'Array'
  | 'Map'
  | 'Set'
  | 'Date'
  | 'RegExp'
  | 'URL'
  | 'ArrayBuffer'
  | 'Buffer'
  | 'Error'
  | TypedArrayName;

export type TypedArrayName =
  | 'Int8Array'
  | 'Uint8Array'
  | 'Uint8ClampedArray'
  | 'Int16Array'
  | 'Uint16Array'
  | 'Int32Array'
  | 'Uint32Array'
  | 'Float32Array'
  | 'Float64Array'
  | 'BigInt64Array'
  | 'BigUint64Array';

/** The error classes of the language. Their instances are restored unchanged, those of subclasses not. */
export const errorClasses: Readonly<Record<string, ErrorConstructor | AggregateErrorConstructor>> =
  {
    Error,
    TypeError,
    RangeError,
    SyntaxError,
    ReferenceError,
    EvalError,
    URIError,
    AggregateError,
  };

/** The built-in class of an object; `undefined` for an instance of any other class. */
export function builtInOf(value: object): BuiltIn | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return 'Object';
  if (prototype === Array.prototype) return Array.isArray(value) ? 'Array' : undefined;
  if (prototype === null) return 'Object';
  const name = ownClass(prototype as object);
  const depth = depthOf(prototype as object);
  if (name === 'Object') return depth === 1 && tagOf(value) === 'Object' ? 'Object' : undefined;
  if (ArrayBuffer.isView(value)) return viewOf(value, name, depth);
  if (name in errorClasses) return isErrorOf(value, name, depth) ? 'Error' : undefined;
  const isOwn = leaves.has(name) && depth === 2 && tagOf(value) === name;
  return isOwn ? (name as BuiltIn) : undefined;
}

const leaves: ReadonlySet<string> = new Set([
  'Array',
  'Map',
  'Set',
  'Date',
  'RegExp',
  'URL',
  'ArrayBuffer',
]);

function viewOf(value: ArrayBufferView, name: string, depth: number): BuiltIn | undefined {
  if (name === 'Buffer') return Buffer.isBuffer(value) && depth === 4 ? 'Buffer' : undefined;
  return depth === 3 && tagOf(value) === name && name !== 'DataView'
    ? (name as TypedArrayName)
    : undefined;
}

function isErrorOf(value: object, name: string, depth: number): boolean {
  return tagOf(value) === 'Error' && depth === (name === 'Error' ? 2 : 3);
}

/** The name of an object's class, for messages. */
export function classNameOf(value: object): string {
  const name = ownClass(Object(Object.getPrototypeOf(value)) as object);
  return name === '' || name === 'Object' ? 'a class' : name;
}

function ownClass(prototype: object): string {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof constructor !== 'function') return '';
  const name: unknown = Object.getOwnPropertyDescriptor(constructor, 'name')?.value;
  return typeof name === 'string' ? name : '';
}

function depthOf(prototype: object): number {
  let depth = 0;
  for (let at: unknown = prototype; at !== null && depth < 9; at = Object.getPrototypeOf(at))
    depth += 1;
  return depth;
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
