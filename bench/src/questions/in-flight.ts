import { TimeoutPolicy } from '@highway/resilience';
import type { Clock } from '@highway/resilience';
import { bytesInUse } from '../allocation.ts';
import { cockatielTimeout } from '../peers.ts';
import { four } from './chains.ts';
import type { Count, CountedQuestion, Library, Target } from '../subject.ts';

const calls = 100_000;

/** Counts the timers that are set and neither run nor cleared, wherever they come from. */
class Timers {
  held = 0;
  readonly #set = new Set<unknown>();
  readonly #setTimeout = globalThis.setTimeout;
  readonly #clearTimeout = globalThis.clearTimeout;

  readonly clock: Clock = {
    now: () => performance.now(),
    setTimeout: (fn, ms) => {
      const handle = this.#setTimeout(() => {
        this.#forget(handle);
        fn();
      }, ms);
      this.#set.add(handle);
      this.held++;
      return handle;
    },
    clearTimeout: (handle) => {
      this.#forget(handle);
      this.#clearTimeout(handle as NodeJS.Timeout);
    },
  };

  /** Stands in for the globals, for libraries that take no clock. */
  replaceGlobals(): void {
    Object.assign(globalThis, {
      setTimeout: this.clock.setTimeout.bind(this.clock),
      clearTimeout: this.clock.clearTimeout.bind(this.clock),
    });
  }

  restoreGlobals(): void {
    Object.assign(globalThis, { setTimeout: this.#setTimeout, clearTimeout: this.#clearTimeout });
  }

  #forget(handle: unknown): void {
    if (this.#set.delete(handle)) this.held--;
  }
}

interface Subject {
  readonly name: string;
  readonly library: Library;
  readonly targets?: readonly Target[];
  /** Starts a call of a function that settles when `gate` does. */
  readonly start: (timers: Timers, gate: Promise<number>) => () => Promise<unknown>;
}

const subjects: readonly Subject[] = [
  { name: 'no timeout', library: 'bare', start: (_timers, gate) => () => gate.then((n) => n) },
  {
    name: 'TimeoutPolicy',
    library: 'highway',
    targets: [{ figure: 'timers', atMost: 1 }],
    start: ({ clock }, gate) => {
      const policy = new TimeoutPolicy({ timeout: '1h', clock });
      return () => policy.execute(() => gate.then((n) => n));
    },
  },
  {
    name: 'chain of four',
    library: 'highway',
    targets: [{ figure: 'timers', atMost: 1 }],
    start: ({ clock }, gate) => {
      const policy = four(clock, calls);
      return () => policy.execute(() => gate.then((n) => n));
    },
  },
  {
    name: 'timeout',
    library: 'cockatiel',
    start: (timers, gate) => {
      timers.replaceGlobals();
      const policy = cockatielTimeout(3_600_000);
      return () => policy.execute(() => gate.then((n) => n));
    },
  },
];

async function fly({ name, library, targets = [], start }: Subject): Promise<Count> {
  const timers = new Timers();
  let open: (value: number) => void = () => undefined;
  const gate = new Promise<number>((resolve) => (open = resolve));
  const call = start(timers, gate);
  const inFlight = new Array<Promise<unknown>>(calls);
  const before = await bytesInUse();
  const begun = performance.now();
  for (let i = 0; i < calls; i++) inFlight[i] = call();
  const started = performance.now();
  const held = timers.held;
  const bytes = ((await bytesInUse()) - before) / calls;
  const opened = performance.now();
  open(1);
  await Promise.all(inFlight);
  const ended = performance.now();
  timers.restoreGlobals();
  const figures = {
    timers: held,
    'bytes per call': bytes,
    'ms to start': started - begun,
    'ms to settle': ended - opened,
  };
  return { name, library, figures, targets };
}

export const inFlight: CountedQuestion = {
  name: 'in-flight',
  asks: 'How many timers and bytes do 100,000 running calls through one timeout hold?',
  count: async () => {
    const counts: Count[] = [];
    for (const subject of subjects) counts.push(await fly(subject));
    return counts;
  },
};
