import { isError, look } from './foreign.ts';

/** The key of the method with which an object customizes how Node, Deno and Bun show it. */
export const inspectKey: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** The function that hosts pass to that method, to show nested values. */
export type Inspect = (value: unknown, options: object) => string;

/** Makes such a method: it shows a label and some content. */
export function inspector<T>(label: (of: T) => string, content: (of: T) => object) {
  return function (this: T, depth: number | null, options: object, inspect?: Inspect): string {
    if (depth !== null && depth < 0) return `[${label(this)}]`;
    const known = Object.entries(content(this)).filter(([, value]) => value !== undefined);
    const shown = Object.fromEntries(known);
    // Always shows one level of settings, such as the thresholds of a breaker.
    const inner = { ...options, depth: depth === null ? null : Math.max(1, depth) };
    return `${label(this)} ${inspect === undefined ? JSON.stringify(shown) : inspect(shown, inner)}`;
  };
}

/** An error as plain data for logs: only the properties that are safe to read from any error. */
export function errorToJSON(error: unknown): unknown {
  if (!isError(error)) return undefined;
  return {
    name: textOf(error, 'name'),
    message: textOf(error, 'message'),
    code: textOf(error, 'code'),
  };
}

function textOf(error: Error, key: string): string | undefined {
  const text = look(error, key);
  return typeof text === 'string' ? text : undefined;
}
