import { isError, look } from './foreign.ts';

/**
 * Copies an error and adds properties, for errors that are not the library's: many calls may share one, so
 * it must not be changed. Class, message, stack and own properties stay the same. If no faithful copy is
 * possible, returns the error itself.
 */
export function copyError(error: unknown, extra: PropertyDescriptorMap): unknown {
  if (!isError(error)) return error;
  try {
    // An object of the host, such as a `DOMException`, has internal state that cannot be copied.
    if (Object.prototype.toString.call(error) !== '[object Error]') return error;
    const copy = Object.setPrototypeOf(
      new Error(),
      Object.getPrototypeOf(error) as object,
    ) as Error;
    const own: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(error);
    // In engines where it is a getter, it would show where the copy was made.
    if (own['stack'] !== undefined) own['stack'] = hidden(error.stack);
    Object.defineProperties(copy, { ...own, ...extra });
    return hasSameGetters(copy, error) ? copy : error;
  } catch {
    return error;
  }
}

/** A property that is not enumerable, like those that the language itself adds to errors. */
export function hidden(value: unknown): PropertyDescriptor {
  return { value, configurable: true, writable: true };
}

/** Whether all getters work on the copy; those that read private fields do not. */
function hasSameGetters(copy: Error, error: Error): boolean {
  let owner: unknown = Object.getPrototypeOf(error);
  for (; owner !== null; owner = Object.getPrototypeOf(owner)) {
    for (const key of Reflect.ownKeys(owner as object)) {
      if (look(copy, key) === undefined && look(error, key) !== undefined) return false;
    }
  }
  return true;
}
