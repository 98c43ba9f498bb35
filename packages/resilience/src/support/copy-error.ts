import { isError, look } from './foreign.ts';

/**
 * A copy of an error that says something more: for errors that are not ours. They may be shared by
 * many calls, and what is written on one of those, all of them are told. Class, message, stack and
 * own properties are the same. Where no faithful copy can be made, it is the error itself.
 */
export function copyError(error: unknown, said: PropertyDescriptorMap): unknown {
  if (!isError(error)) return error;
  try {
    // An object of the host (a `DOMException`) is more than its properties, as its tag says.
    if (Object.prototype.toString.call(error) !== '[object Error]') return error;
    const copy = Object.setPrototypeOf(
      new Error(),
      Object.getPrototypeOf(error) as object,
    ) as Error;
    const own: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(error);
    // In engines with a getter for it, it would say where the copy was made.
    if (own['stack'] !== undefined) own['stack'] = hidden(error.stack);
    Object.defineProperties(copy, { ...own, ...said });
    return hasSameGetters(copy, error) ? copy : error;
  } catch {
    return error;
  }
}

/** How the properties of an error are kept that the language itself puts there. */
export function hidden(value: unknown): PropertyDescriptor {
  return { value, configurable: true, writable: true };
}

/** Whether all getters work on the copy: those that read private fields don't. */
function hasSameGetters(copy: Error, error: Error): boolean {
  let owner: unknown = Object.getPrototypeOf(error);
  for (; owner !== null; owner = Object.getPrototypeOf(owner)) {
    for (const key of Reflect.ownKeys(owner as object)) {
      if (look(copy, key) === undefined && look(error, key) !== undefined) return false;
    }
  }
  return true;
}
