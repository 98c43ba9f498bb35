import { quietly } from './rejection.ts';

// Engines without explicit resource management lack the symbols; compilers fall back on these.
const symbols = Symbol as { dispose?: symbol; asyncDispose?: symbol };
const disposeSymbol = symbols.dispose ?? Symbol.for('Symbol.dispose');
const asyncDisposeSymbol = symbols.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** Something that `using` ends. */
export function disposable(end: () => void): Disposable {
  return { [disposeSymbol as typeof Symbol.dispose]: end };
}

/** Lets go of a result that no caller will see, where it says how. */
export function discard(value: unknown): void {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
  const resource = value as Record<symbol, (() => unknown) | undefined>;
  quietly(() =>
    typeof resource[asyncDisposeSymbol] === 'function'
      ? resource[asyncDisposeSymbol]()
      : resource[disposeSymbol]?.(),
  );
}
