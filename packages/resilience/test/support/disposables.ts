const hostSymbols = Symbol as { dispose?: symbol; asyncDispose?: symbol };
export const disposeSymbol: symbol = hostSymbols.dispose ?? Symbol.for('Symbol.dispose');
export const asyncDisposeSymbol: symbol =
  hostSymbols.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** Makes disposable values and errors, and counts how often each is disposed of. */
export class Disposables {
  /** The names of those that were disposed of, in order. */
  readonly disposed: string[] = [];

  value(name: string, symbol: symbol = disposeSymbol): object {
    return { [symbol]: () => this.disposed.push(name) };
  }

  error(name: string, symbol: symbol = disposeSymbol): Error {
    return Object.assign(new Error(name), this.value(name, symbol));
  }
}
