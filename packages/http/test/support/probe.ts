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
  const wake = async (): Promise<void> => {
    await clientReacts();
    for (const { attempts, resolve } of waiting) if (over >= attempts) resolve();
  };
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
        void wake();
      }
    },
    async ended(attempts) {
      if (over < attempts) {
        await new Promise<void>((resolve) => waiting.push({ attempts, resolve }));
      } else await clientReacts();
    },
  };
}

/** What a client does with the outcome of an attempt takes microtasks only. */
async function clientReacts(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
}
