import type { Fetch } from '@highway/http';
import type { Clock } from '@highway/resilience';

/** The global `fetch`, seen from outside: when each attempt started, and that it has ended. */
export interface Probe {
  readonly fetch: Fetch;
  /** When each attempt started, by the clock. */
  readonly starts: number[];
  readonly inits: RequestInit[];
  /** Resolves when so many attempts have ended, up to their headers. */
  ended(attempts: number): Promise<void>;
}

export function probe(clock: Clock): Probe {
  let over = 0;
  const waiting: { readonly attempts: number; readonly resolve: () => void }[] = [];
  const starts: number[] = [];
  const inits: RequestInit[] = [];
  return {
    starts,
    inits,
    async fetch(input, init) {
      starts.push(clock.now());
      inits.push(init ?? {});
      try {
        return await fetch(input, init);
      } finally {
        over++;
        // After the client has seen it, too.
        setTimeout(() => {
          for (const { attempts, resolve } of waiting) if (over >= attempts) resolve();
        });
      }
    },
    ended: (attempts) =>
      new Promise((resolve) => {
        if (over >= attempts) setTimeout(resolve);
        else waiting.push({ attempts, resolve });
      }),
  };
}
