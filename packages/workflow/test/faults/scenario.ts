import { Backoff, RetryPolicy } from '@highway/resilience';
import { Highway } from '@highway/workflow';
import type { Context, Workflow } from '@highway/workflow';

/** What comes of a trip: everything that one can see of it. */
export interface TripEnd {
  readonly status: string;
  readonly result: unknown;
  readonly undone: readonly string[];
  /** How often each step's function ran, branches and compensations included. */
  readonly calls: Readonly<Record<string, number>>;
}

/** What a trip is started with. */
export interface TripInput {
  readonly id: string;
  readonly fails: boolean;
}

/** An engine whose one workflow does everything that goes through the journal. */
export class Trips {
  readonly highway: Highway;
  readonly #trip: Workflow<TripInput, unknown>;
  readonly #calls = new Map<string, Record<string, number>>();

  constructor(databaseUrl: string) {
    const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    this.highway = new Highway({ name: 'trips', databaseUrl, logger });
    const leg = this.highway.workflow('leg', {}, ({ id, n }: { id: string; n: number }, ctx) =>
      ctx.step('fly', () => this.#called(id, `leg ${n}`, n * 10)),
    );
    const retry = new RetryPolicy({ maxRetries: 2, backoff: Backoff.fixed(1) });
    this.#trip = this.highway.workflow(
      'trip',
      {},
      async ({ id, fails }: TripInput, ctx: Context) => {
        const undo = (name: string) => (): void => void this.#called(id, `undo ${name}`, 0);
        const hold = await ctx.step('reserve', () => this.#called(id, 'reserve', 1), {
          compensate: undo('reserve'),
        });
        await ctx.sleep(1);
        await ctx.publish('stage', 'reserved');
        const paid = await ctx.step('pay', ({ attempt }) => this.#pay(id, attempt), {
          policy: retry,
          compensate: undo('pay'),
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
      },
    );
  }

  /** Makes a trip, and says what came of it. */
  async make(input: TripInput): Promise<TripEnd> {
    this.#calls.set(input.id, {});
    const run = await this.#trip.start(input, { id: input.id });
    await this.highway.signal(input.id, 'go', 'gone');
    const result = await run.result().catch((error: unknown) => ({ ...(error as object) }));
    const { undone, published } = await this.highway.describe(input.id);
    const status = await run.status();
    return { status, result: [result, published], undone, calls: this.#calls.get(input.id)! };
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

/** What has to come of a trip, whatever the database does. */
export function expectedEnd(fails: boolean): TripEnd {
  if (fails) {
    return {
      status: 'compensated',
      result: [{ code: 'NO_SEATS' }, published],
      undone: ['pay', 'reserve'],
      calls: { ...calls, 'undo pay': 1, 'undo reserve': 1 },
    };
  }
  const result = { hold: 1, paid: 2, word: 'gone', legs: [10, 20], isNew: true };
  return { status: 'done', result: [result, published], undone: [], calls };
}

function ignore(): void {
  // Each fault is told of.
}
