import { look } from './foreign.ts';
import { quietly } from './quietly.ts';

// Engines without explicit resource management lack the symbols; compilers fall back on these.
const symbols = Symbol as { dispose?: symbol; asyncDispose?: symbol };
const disposeSymbol = symbols.dispose ?? Symbol.for('Symbol.dispose');
const asyncDisposeSymbol = symbols.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** Something that `using` ends: once, however often it is disposed. */
export function disposable(end: () => void): Disposable {
  let over = false;
  return {
    [disposeSymbol as typeof Symbol.dispose]: () => {
      if (over) return;
      // Before it ends: a listener that is told of the end may dispose it again.
      over = true;
      end();
    },
  };
}

/** Lets go of a result that no caller will see, where it says how. */
export function discard(value: unknown): void {
  for (const key of [asyncDisposeSymbol, disposeSymbol]) {
    const dispose = look(value, key);
    if (typeof dispose !== 'function') continue;
    quietly(() => Reflect.apply(dispose, value, []) as unknown);
    return;
  }
}
