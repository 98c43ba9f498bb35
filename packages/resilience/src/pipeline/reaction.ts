/**
 * Registers a reaction, and returns the function that triggers it. The reaction runs in the next microtask,
 * in the async context of whoever registered it (`AsyncLocalStorage`, OpenTelemetry), no matter who
 * triggers it: hosts run the handlers of promises in the context in which they were registered.
 */
export function reaction(react: () => void): () => void {
  let wake: (() => void) | undefined;
  void new Promise<void>((resolve) => {
    wake = resolve;
  }).then(react);
  return wake!;
}
