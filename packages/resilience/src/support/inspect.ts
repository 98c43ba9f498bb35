import { isError, look } from './foreign.ts';

/** Where Node, Deno and Bun look for how an object wants to be shown. */
export const inspectKey: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** What a host gives to show what is inside. */
export type Inspect = (value: unknown, options: object) => string;

/** What hosts call where they show an object: a label, and what there is to know. */
export function inspector<T>(label: (of: T) => string, content: (of: T) => object) {
  return function (this: T, depth: number | null, options: object, inspect?: Inspect): string {
    if (depth !== null && depth < 0) return `[${label(this)}]`;
    const known = Object.entries(content(this)).filter(([, value]) => value !== undefined);
    const shown = Object.fromEntries(known);
    // One level of settings, such as the thresholds of a breaker, is worth its lines in any case.
    const inner = { ...options, depth: depth === null ? null : Math.max(1, depth) };
    return `${label(this)} ${inspect === undefined ? JSON.stringify(shown) : inspect(shown, inner)}`;
  };
}

/** An error as plain data, for logs. Of a foreign one name and message, which can be looked at. */
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
