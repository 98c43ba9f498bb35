import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DBOS } from '@dbos-inc/dbos-sdk';
import {
  Backoff,
  CircuitBreakerPolicy,
  consecutive,
  Failsafe,
  RetryPolicy,
} from '@highway/resilience';
import { Highway, isWorkflowError } from '@highway/workflow';
import type { Context, HighwayOptions, RunStatus, Workflow } from '@highway/workflow';
import { silentLogger } from '../../src/logger.ts';
import { embeddedFolder } from '../support/embedded-folder.ts';
import { eventually } from '../support/eventually.ts';

let database: Awaited<ReturnType<typeof embeddedFolder>>;
let highway: Highway;
let runs = 0;

/** An id that no other test has. */
const newId = (): string => `run-${(runs += 1)}`;

function makeHighway(options: Partial<HighwayOptions> = {}): Highway {
  highway = new Highway({ name: 'shop', dataDir: database.folder, ...options });
  return highway;
}

const hasStatus = (id: string, status: RunStatus) => async (): Promise<boolean> =>
  (await highway.runs.get(id).status()) === status;

beforeAll(async () => {
  database = await embeddedFolder();
}, 120_000);

afterEach(async () => {
  await highway.stop({ drain: '2s' });
});

afterAll(() => {
  database.remove();
});

describe('an engine on an embedded database', { timeout: 120_000 }, () => {
  it('runs a workflow to its end, and treats the same id as the same run', async () => {
    let calls = 0;
    const greet = makeHighway().workflow('greet', (name: string, ctx: Context) =>
      ctx.step('say', () => `Hello ${name}, ${++calls}`),
    );
    await highway.start();
    const id = newId();
    const [first, second] = [await greet.start('you', { id }), await greet.start('me', { id })];
    expect([await first.result(), await second.result()]).toEqual(['Hello you, 1', 'Hello you, 1']);
    expect(await first.status()).toBe('done');
    expect(await highway.runs.describe(id)).toMatchObject({ input: 'you', output: 'Hello you, 1' });
  });

  it('logs nothing if another version of the workflow starts an id again', async () => {
    const logged: string[] = [];
    const log = (message: string): void => void logged.push(message);
    const logger = { ...silentLogger, warn: log, error: log };
    const id = newId();
    const start = async (version: string): Promise<string> => {
      const work = makeHighway({ version, logger }).workflow('work', () =>
        Promise.resolve(version),
      );
      await highway.start();
      return (await work.start(undefined, { id })).result();
    };
    expect(await start('1')).toBe('1');
    await highway.stop();
    expect(await start('2')).toBe('1');
    expect(logged).toEqual([]);
  });

  it('restores dates, maps, bigints and undefined unchanged', async () => {
    const value = { at: new Date(5), map: new Map([['a', 1n]]), none: undefined };
    const echo = makeHighway().workflow('echo', (input: unknown, ctx: Context) =>
      ctx.step('echo', () => input),
    );
    await highway.start();
    expect(await (await echo.start(value)).result()).toEqual(value);
    expect(await (await echo.start(undefined)).result()).toBeUndefined();
  });

  it('fails with the error of the workflow, and lists the compensated steps', async () => {
    const compensated: string[] = [];
    const buy = makeHighway().workflow('buy', async (_: unknown, ctx: Context) => {
      await ctx.step('reserve', () => 'hold', {
        compensate: (hold) => void compensated.push(hold),
      });
      await ctx.step('pay', () => {
        throw Object.assign(new Error('declined'), { code: 'DECLINED' });
      });
    });
    await highway.start();
    const run = await buy.start({}, { id: newId() });
    await expect(run.result()).rejects.toMatchObject({ code: 'DECLINED', message: 'declined' });
    expect(await run.status()).toBe('compensated');
    expect(await highway.runs.describe(run.id)).toMatchObject({ compensated: ['reserve'] });
    expect(compensated).toEqual(['hold']);
    expect(await highway.runs.list({ status: 'compensated' })).toMatchObject([{ id: run.id }]);
  });

  it('parks runs on an open circuit, lists them by circuit, and continues after a restart', async () => {
    let isDown = true;
    const calls: string[] = [];
    const define = (): { start: (id: string) => Promise<unknown> } => {
      const breaker = new CircuitBreakerPolicy({
        name: 'bank',
        failureThreshold: consecutive(2),
        successThreshold: '1/1',
        // It does not pass by itself, which a poll might miss.
        cooldown: '1h',
      });
      const retry = new RetryPolicy({ maxRetries: 20, backoff: Backoff.fixed(20) });
      const policy = new Failsafe({ policies: [retry, breaker] });
      const pay = makeHighway().workflow('pay', async (_: unknown, ctx: Context) => {
        await ctx.step('reserve', () => void calls.push(`reserve ${ctx.runId}`));
        return ctx.step(
          'pay',
          () => {
            if (isDown) throw new Error('down');
            return 'paid';
          },
          { policy },
        );
      });
      return { start: (id) => pay.start({}, { id }) };
    };
    const first = define();
    await highway.start();
    const ids = Array.from({ length: 5 }, newId);
    for (const id of ids) await first.start(id);
    const parked = async (): Promise<number> =>
      (await highway.runs.list({ status: 'parked', circuit: 'bank' })).length;
    await eventually('all are parked', async () => (await parked()) === 5);
    expect(await highway.runs.counts()).toMatchObject({ circuits: { bank: 5 } });
    await highway.stop({ drain: 0 });
    define();
    isDown = false;
    await highway.start();
    const results = await Promise.all(ids.map((id) => highway.runs.get(id).result()));
    expect(results).toEqual(ids.map(() => 'paid'));
    expect(calls.sort()).toEqual(ids.map((id) => `reserve ${id}`).sort());
  });

  it('continues a run that was cancelled while it waited for a signal', async () => {
    let steps = 0;
    const wait = makeHighway().workflow('wait', async (_: unknown, ctx: Context) => {
      await ctx.step('count', () => void (steps += 1));
      await ctx.publish('stage', { name: 'waiting' });
      return ctx.waitFor<string>('go', { timeout: '1h' });
    });
    await highway.start();
    const run = await wait.start({}, { id: newId() });
    await eventually('it waits', hasStatus(run.id, 'waiting'));
    expect(await highway.runs.describe(run.id)).toMatchObject({
      published: { stage: { name: 'waiting' } },
    });
    await highway.runs.cancel(run.id);
    await expect(run.result()).rejects.toMatchObject({ code: 'ERR_CANCELLED' });
    expect(await run.status()).toBe('cancelled');
    await highway.runs.resume(run.id);
    await highway.runs.signal(run.id, 'go', 'now');
    expect(await run.result()).toBe('now');
    expect(steps).toBe(1);
  });

  it('retries a run from a step, but not behind compensated steps', async () => {
    let fails = true;
    const calls: string[] = [];
    const buy = makeHighway().workflow('buy', async (_: unknown, ctx: Context) => {
      await ctx.step('look', () => void calls.push('look'));
      await ctx.step('reserve', () => void calls.push('reserve'), { compensate: () => {} });
      return ctx.step('pay', () => {
        calls.push('pay');
        if (fails) throw new Error('declined');
        return 'paid';
      });
    });
    await highway.start();
    const run = await buy.start({}, { id: newId() });
    await expect(run.result()).rejects.toThrow('declined');
    fails = false;
    await expect(highway.runs.retryFrom(run.id, 'pay')).rejects.toThrow('reserve');
    await expect(highway.runs.retryFrom(run.id, 'ship')).rejects.toThrow('no step "ship"');
    await highway.runs.retryFrom(run.id, 'reserve');
    expect(await run.result()).toBe('paid');
    expect(calls).toEqual(['look', 'reserve', 'pay', 'reserve', 'pay']);
  });

  it('runs child runs, and knows their parents', async () => {
    const double = makeHighway().workflow('double', (n: number, ctx: Context) =>
      ctx.step('double', () => n * 2),
    );
    const all = highway.workflow('all', async (items: number[], ctx: Context) => {
      const doubled = await ctx.forEach('each', items, double, { concurrency: 2 });
      const { a } = await ctx.all('one', { a: [double, 50] });
      return [...doubled, a];
    });
    await highway.start();
    const run = await all.start([1, 2, 3], { id: newId() });
    expect(await run.result()).toEqual([2, 4, 6, 100]);
    const children = await highway.runs.list({ parent: run.id });
    expect(children).toHaveLength(4);
    expect(children[0]).toMatchObject({ parent: run.id, workflow: 'double' });
  });

  it('returns the same result from whatever journal position it is replayed', async () => {
    const calls: number[] = [];
    const work = makeHighway().workflow('work', async (n: number, ctx: Context) => {
      let sum = 0;
      for (let i = 0; i < 4; i += 1) {
        sum += await ctx.step('add', () => {
          calls.push(i);
          return n + i;
        });
        await ctx.publish('sum', sum);
      }
      await ctx.sleep(1);
      return sum;
    });
    await highway.start();
    const run = await work.start(10, { id: newId() });
    const result = await run.result();
    const { steps } = await highway.runs.describe(run.id);
    const places = steps.at(-1)!.last + 1;
    const queueName = `highway/work@${(await highway.runs.describe(run.id)).version}`;
    const forks = Array.from({ length: places + 1 }, (_, place) =>
      DBOS.forkWorkflow(run.id, place, { queueName }),
    );
    for (const fork of await Promise.all(forks)) {
      expect(await highway.runs.get(fork.workflowID).result()).toBe(result);
    }
    expect(calls.length).toBeGreaterThan(4);
  });

  it('finishes old runs on the old version, and starts new ones on the new version', async () => {
    const seen: string[] = [];
    const define = (version: string): { start: (id: string) => Promise<unknown> } => {
      const work = makeHighway({ version }).workflow('work', async (_: unknown, ctx: Context) => {
        await ctx.step(`first ${version}`, () => void seen.push(`${ctx.runId} first ${version}`));
        await ctx.waitFor('go');
        await ctx.step(`last ${version}`, () => void seen.push(`${ctx.runId} last ${version}`));
        return version;
      });
      return { start: (id) => work.start({}, { id }) };
    };
    const [old, young] = [newId(), newId()];
    const before = define('1');
    await highway.start();
    await before.start(old);
    await eventually('the old one waits', hasStatus(old, 'waiting'));
    await highway.stop({ drain: '1s' });
    const after = define('2');
    await highway.start();
    await highway.runs.signal(old, 'go');
    await after.start(young);
    await highway.runs.signal(young, 'go');
    expect(await highway.runs.get(young).result()).toBe('2');
    expect(await highway.runs.list({ version: '1', status: 'queued' })).toMatchObject([
      { id: old },
    ]);
    await highway.stop({ drain: '1s' });
    define('1');
    await highway.start();
    expect(await highway.runs.get(old).result()).toBe('1');
    expect(seen).toEqual([
      `${old} first 1`,
      `${young} first 2`,
      `${young} last 2`,
      `${old} last 1`,
    ]);
  });

  it('moves a run to another version on request', async () => {
    const define = (version: string): { start: (id: string) => Promise<unknown> } => {
      const work = makeHighway().workflow(
        'work',
        async (_: unknown, ctx: Context) => {
          await ctx.step('first', () => 1);
          await ctx.waitFor('go');
          return version;
        },
        { version },
      );
      return { start: (id) => work.start({}, { id }) };
    };
    const id = newId();
    const before = define('1');
    await highway.start();
    await before.start(id);
    await eventually('it waits', hasStatus(id, 'waiting'));
    await highway.stop({ drain: '1s' });
    define('2');
    await highway.start();
    await highway.runs.resume(id, { version: '2' });
    await highway.runs.signal(id, 'go');
    expect(await highway.runs.get(id).result()).toBe('2');
  });

  it('fails a child run with an invalid input, and continues with the others', async () => {
    const even = {
      '~standard': {
        validate: (value: unknown) =>
          Number(value) % 2 === 0
            ? { value: Number(value) }
            : { issues: [{ message: `${String(value)} is odd` }] },
      },
    };
    const half = makeHighway().workflow('half', (n: number) => n / 2, { input: even });
    const halve = highway.workflow('halve', async (_: unknown, ctx: Context) => {
      const children = { of4: [half, 4], of5: [half, 5] } as const;
      const { of4, of5 } = await ctx.all('halves', children, { join: 'settled' });
      return [of4, !of5.ok && isWorkflowError(of5.error, 'ERR_INPUT') && of5.error.message];
    });
    await highway.start();
    const result = await (await halve.start({})).result();
    expect(result).toEqual([{ ok: true, value: 2 }, 'half: 5 is odd']);
  });

  it('rejects the id of a run of another workflow or application', async () => {
    const define = (): readonly Workflow<unknown, unknown>[] => [
      highway.workflow('one', () => 1),
      highway.workflow('two', () => 2),
    ];
    makeHighway();
    const [one, two] = define();
    await highway.start();
    const id = newId();
    await (await one!.start({}, { id })).result();
    await expect(two!.start({}, { id })).rejects.toMatchObject({ code: 'ERR_RUN_EXISTS' });
    await highway.stop();
    makeHighway({ name: 'other shop' });
    const [other] = define();
    await highway.start();
    await expect(other!.start({}, { id })).rejects.toMatchObject({ code: 'ERR_RUN_EXISTS' });
  });

  it('rejects a second engine in the process', async () => {
    makeHighway();
    await highway.start();
    const other = new Highway({ name: 'other', dataDir: database.folder });
    const rejection: unknown = await other.start().catch((error: unknown) => error);
    expect(isWorkflowError(rejection, 'ERR_ENGINE_IN_USE')).toBe(true);
  });

  it('joins its fleet when it starts, and leaves it when it stops', async () => {
    const told: string[] = [];
    makeHighway({ fleet: { join: () => told.push('join'), leave: () => told.push('leave') } });
    await highway.start();
    await highway.stop();
    expect(told).toEqual(['join', 'leave']);
  });
});
