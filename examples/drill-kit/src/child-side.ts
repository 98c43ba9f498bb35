/** The plan of this process. */
export function readPlan(): unknown {
  return JSON.parse(process.argv[2] ?? 'null');
}

/**
 * Listens for the drill's orders. A terminal sends Ctrl-C to every process, but only the drill reacts to
 * it. This process ends with the drill, however that ends.
 */
export function onOrder(handle: (order: never) => void): void {
  process.on('SIGINT', () => undefined);
  process.on('message', (message) => {
    handle(message as never);
  });
  process.once('disconnect', () => process.exit());
}

/** Sends a report to the drill. */
export function tell(report: unknown): void {
  // If the drill is gone, `disconnect` ends this process.
  if (process.connected) process.send?.(report, () => undefined);
}

/** The time now, on a scale that all processes of the drill share: epoch ms, with fractions. */
export function sharedNow(): number {
  return performance.timeOrigin + performance.now();
}

/** Sends a report to the drill, then ends this process. */
export function tellAndExit(report: unknown): void {
  if (process.connected) process.send?.(report, () => process.exit());
  else process.exit();
}
