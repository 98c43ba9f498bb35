import { look } from './foreign.ts';
import { quietly } from './quietly.ts';

// Engines without explicit resource management lack the symbols. Compilers use these instead.
const symbols = Symbol as { dispose?: symbol; asyncDispose?: symbol };
export const disposeSymbol: symbol = symbols.dispose ?? Symbol.for('Symbol.dispose');
const asyncDisposeSymbol = symbols.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** Makes an object for `using`. Disposing it more than once has no further effect. */
export function disposable(end: () => void): Disposable {
  let over = false;
  return {
    [disposeSymbol as typeof Symbol.dispose]: () => {
      if (over) return;
      // First, because `end` may run a listener that disposes it again.
      over = true;
      end();
    },
  };
}

const discardedErrors = new WeakSet();

/**
 * Disposes of a value that no caller will get, or of an error, if it is disposable. Of an error only once,
 * because several attempts may throw the same one; a value may come from a pool, to which it returns each time.
 */
export function discard(value: unknown, isError: boolean): void {
  for (const key of [asyncDisposeSymbol, disposeSymbol]) {
    const dispose = look(value, key);
    if (typeof dispose !== 'function') continue;
    if (isError) {
      if (discardedErrors.has(value as object)) return;
      discardedErrors.add(value as object);
    }
    quietly(() => Reflect.apply(dispose, value, []) as unknown);
    return;
  }
}
