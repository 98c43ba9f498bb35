import type { Clock } from '@highway/resilience';

/**
 * Waits until `at` by the clock, never less, although timers may fire early. If the signal aborts, rejects with its
 * reason.
 */
export function waitUntil(clock: Clock, at: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    let timer: unknown;
    const abort = (): void => {
      clock.clearTimeout(timer);
      reject(signal.reason);
    };
    const look = (): void => {
      const leftMs = at - clock.now();
      if (leftMs > 0) {
        timer = clock.setTimeout(look, Math.ceil(leftMs));
        return;
      }
      signal.removeEventListener('abort', abort);
      resolve();
    };
    signal.addEventListener('abort', abort, { once: true });
    look();
  });
}
