import { Backoff, RetryPolicy } from '@highway/resilience';
import { Highway } from '@highway/workflow';
import type { Context, Workflow } from '@highway/workflow';

/** Everything observable about a trip. */
export interface TripEnd {
  readonly status: string;
  readonly result: unknown;
  readonly compensated: readonly string[];
  /** How often each step's function ran, including child runs and compensations. */
  readonly calls: Readonly<Record<string, number>>;
}

/** The input of a trip. */
export interface TripInput {
  readonly id: string;
  readonly fails: boolean;
}

/** An engine with a workflow that uses everything that goes through the journal. */
export class Trips {
  readonly highway: Highway;
  readonly #trip: Workflow<TripInput, unknown>;
  readonly #calls = new Map<string, Record<string, number>>();

  constructor(databaseUrl: string) {
    const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    this.highway = new Highway({ name: 'trips', databaseUrl, logger });
    const leg = this.highway.workflow('leg', ({ id, n }: { id: string; n: number }, ctx) =>
      ctx.step('fly', () => this.#called(id, `leg ${n}`, n * 10)),
    );
    const retry = new RetryPolicy({ maxRetries: 2, backoff: Backoff.fixed(1) });
    this.#trip = this.highway.workflow('trip', async ({ id, fails }: TripInput, ctx: Context) => {
      const compensate = (name: string) => (): void =>
        void this.#called(id, `compensate ${name}`, 0);
      const hold = await ctx.step('reserve', () => this.#called(id, 'reserve', 1), {
        compensate: compensate('reserve'),
      });
      await ctx.sleep(1);
      await ctx.publish('stage', 'reserved');
      const paid = await ctx.step('pay', ({ attempt }) => this.#pay(id, attempt), {
        policy: retry,
        compensate: compensate('pay'),
      });
      const word = await ctx.waitFor<string>('go');
      const legs = await ctx.forEach(
        'legs',
        [
          { id, n: 1 },
          { id, n: 2 },
        ],
        leg,
      );
      const isNew = await ctx.patched('seats');
      if (fails) throw Object.assign(new Error('no seats'), { code: 'NO_SEATS' });
      return { hold, paid, word, legs, isNew };
    });
  }

  /** Runs a trip, and returns everything observable about it. */
  async make(input: TripInput): Promise<TripEnd> {
    this.#calls.set(input.id, {});
    const run = await this.#trip.start(input, { id: input.id });
    await this.highway.runs.signal(input.id, 'go', 'gone');
    const result = await run.result().catch((error: unknown) => ({ ...(error as object) }));
    const { compensated, published } = await this.highway.runs.describe(input.id);
    const status = await run.status();
    return { status, result: [result, published], compensated, calls: this.#calls.get(input.id)! };
  }

  #pay(id: string, attempt: number): number {
    const paid = this.#called(id, 'pay', 2);
    if (attempt === 1) throw new Error('busy');
    return paid;
  }

  #called<T>(id: string, step: string, value: T): T {
    const calls = this.#calls.get(id)!;
    calls[step] = (calls[step] ?? 0) + 1;
    return value;
  }
}

const calls = { reserve: 1, pay: 2, 'leg 1': 1, 'leg 2': 1 };
const published = { stage: 'reserved' };

/** What every trip must result in, whatever the database does. */
export function expectedEnd(fails: boolean): TripEnd {
  if (fails) {
    return {
      status: 'compensated',
      result: [{ code: 'NO_SEATS' }, published],
      compensated: ['pay', 'reserve'],
      calls: { ...calls, 'compensate pay': 1, 'compensate reserve': 1 },
    };
  }
  const result = { hold: 1, paid: 2, word: 'gone', legs: [10, 20], isNew: true };
  return { status: 'done', result: [result, published], compensated: [], calls };
}

function ignore(): void {
  // Each fault is logged.
}
