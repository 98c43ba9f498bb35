/**
 * Registers a reaction, and returns what sets it off. It runs in the async context of whoever
 * registered it (`AsyncLocalStorage`, OpenTelemetry), in the next microtask, whoever sets it off:
 * promises carry the context of their handlers, and hosts need nothing else for it.
 */
export function reaction(react: () => void): () => void {
  let wake: (() => void) | undefined;
  void new Promise<void>((resolve) => {
    wake = resolve;
  }).then(react);
  return wake!;
}
