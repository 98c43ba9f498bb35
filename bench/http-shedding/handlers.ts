/** The kinds of handlers: they keep the event loop busy, wait for something that has a capacity, or do both. */
export const kinds = ['cpu', 'io', 'both'] as const;
export type Kind = (typeof kinds)[number];

export const descriptions: Readonly<Record<Kind, string>> = {
  cpu: '5 ms of CPU',
  io: '50 ms in a pool of 10',
  both: '20 ms of waiting, 5 ms of CPU',
};

function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A pool as of database connections, whose callers wait in line for as long as it takes. */
class Pool {
  #free = 10;
  readonly #waiting: (() => void)[] = [];

  async use(ms: number): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    await sleep(ms);
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

const pool = new Pool();

/** What a handler does before it answers; `undefined` if it is done at once. */
export const work: Readonly<Record<Kind, () => Promise<void> | undefined>> = {
  cpu() {
    busy(5);
    return undefined;
  },
  io: () => pool.use(50),
  async both() {
    await sleep(20);
    busy(5);
  },
};
