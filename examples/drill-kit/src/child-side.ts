/** The plan that the drill gave this process. */
export function readPlan(): unknown {
  return JSON.parse(process.argv[2] ?? 'null');
}

/**
 * Hears the drill's orders. A terminal sends Ctrl-C to every process, and only the drill decides
 * what it means; whatever becomes of the drill, this process ends with it.
 */
export function onOrder(handle: (order: never) => void): void {
  process.on('SIGINT', () => undefined);
  process.on('message', (message) => {
    handle(message as never);
  });
  process.once('disconnect', () => process.exit());
}

/** Tells the drill something. */
export function tell(report: unknown): void {
  // Where the drill is gone there is nobody to tell; `disconnect` then ends this process.
  if (process.connected) process.send?.(report, () => undefined);
}

/** The time now, on a scale that all processes of the drill share: epoch ms, with fractions. */
export function sharedNow(): number {
  return performance.timeOrigin + performance.now();
}

/** Tells the drill something, and ends this process when it has been sent. */
export function tellAndExit(report: unknown): void {
  if (process.connected) process.send?.(report, () => process.exit());
  else process.exit();
}
