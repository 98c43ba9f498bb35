import { look } from './foreign.ts';
import { quietly } from './quietly.ts';

// Engines without explicit resource management lack the symbols. Compilers use these instead.
const symbols = Symbol as { dispose?: symbol; asyncDispose?: symbol };
const disposeSymbol = symbols.dispose ?? Symbol.for('Symbol.dispose');
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

/** Disposes of a result that no caller will get, if it is disposable. */
export function discard(value: unknown): void {
  for (const key of [asyncDisposeSymbol, disposeSymbol]) {
    const dispose = look(value, key);
    if (typeof dispose !== 'function') continue;
    quietly(() => Reflect.apply(dispose, value, []) as unknown);
    return;
  }
}
