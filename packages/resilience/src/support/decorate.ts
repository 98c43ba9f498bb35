import { describe } from './describe.ts';
import { leave } from './foreign.ts';
import { isCallback } from './options.ts';

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
/** Wraps a function in a policy. */
export type Wrap = (fn: AnyFunction) => AnyFunction;

interface Metadata {
  getMetadataKeys?(target: object): unknown[];
  getMetadata(key: unknown, target: object): unknown;
  defineMetadata(key: unknown, value: unknown, target: object): void;
}

/**
 * What a policy does when it is called: wraps a function, or decorates a method. The arguments show which,
 * and in which of the two styles of decorators.
 */
export function applyPolicy(wrap: Wrap, target: unknown, context: unknown, rest: unknown): unknown {
  if (isCallback(target) && context === undefined) return wrap(target as AnyFunction);
  if (typeof context === 'object' && context !== null && 'kind' in context) {
    return decorate(wrap, target, context as { kind: string; name?: string | symbol });
  }
  if (typeof context === 'string' || typeof context === 'symbol') {
    return decorateLegacy(wrap, context, rest);
  }
  leave(target);
  const given = target === undefined ? 'nothing' : describe(target);
  const beside = context === undefined ? '' : ` and ${describe(context)}`;
  throw new TypeError(
    `A policy wraps a function or decorates a method; it was called with ${given}${beside}`,
  );
}

function decorate(
  wrap: Wrap,
  value: unknown,
  { kind, name }: { kind: string; name?: string | symbol },
): unknown {
  if (kind === 'method') return wrap(value as AnyFunction);
  if (kind === 'field') {
    return (initial: unknown) =>
      typeof initial === 'function' ? wrap(initial as AnyFunction) : invalidTarget(kind, name);
  }
  return invalidTarget(kind, name);
}

function decorateLegacy(wrap: Wrap, key: string | symbol, descriptor: unknown): unknown {
  const method = (descriptor as PropertyDescriptor | undefined)?.value as unknown;
  if (typeof method !== 'function') return invalidTarget('property', key);
  const wrapped = wrap(method as AnyFunction);
  copyMetadata(method, wrapped);
  return { ...(descriptor as PropertyDescriptor), value: wrapped };
}

function invalidTarget(kind: string, name: string | symbol | undefined): never {
  throw new TypeError(`A policy decorates methods; ${String(name)} is a ${kind}`);
}

// Frameworks store a route's path and guards as metadata of the method.
function copyMetadata(from: object, to: object): void {
  const metadata = Reflect as unknown as Metadata;
  if (typeof metadata.getMetadataKeys !== 'function') return;
  for (const key of metadata.getMetadataKeys(from)) {
    metadata.defineMetadata(key, metadata.getMetadata(key, from), to);
  }
}

/** Gives a wrapper the name and the length of the wrapped function, without its first `given` parameters. */
export function passAs(
  fn: AnyFunction,
  wrapper: (name: string) => AnyFunction,
  given = 0,
): AnyFunction {
  const wrapped = wrapper(fn.name);
  const length = fn.length - given;
  if (length > 0) Object.defineProperty(wrapped, 'length', { value: length });
  return wrapped;
}
