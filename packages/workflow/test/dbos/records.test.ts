import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Highway } from '@highway/workflow';
import type { Context, HighwayOptions } from '@highway/workflow';
import { embeddedFolder } from '../support/embedded-folder.ts';
import { eventually } from '../support/eventually.ts';

let database: Awaited<ReturnType<typeof embeddedFolder>>;
let highway: Highway;

const neverSettles = (): Promise<never> => new Promise(() => {});

function makeHighway(options: Partial<HighwayOptions> = {}): Highway {
  highway = new Highway({ name: `shop-${Math.random()}`, dataDir: database.folder, ...options });
  return highway;
}

beforeAll(async () => {
  database = await embeddedFolder();
}, 120_000);

afterEach(async () => {
  await highway.stop({ drain: 0 });
});

afterAll(() => {
  database.remove();
});

describe('the records of an engine', { timeout: 120_000 }, () => {
  it('are counted and listed whatever strings errors, values and circuit names contain', async () => {
    const texts = [
      'Refused \ud83d',
      'a\0b',
      '{"json":{"state":"parked"',
      'x\nhighway/2 status=parked ',
    ];
    const fail = makeHighway().workflow('fail', async (text: string, ctx: Context) => {
      await ctx.step('reserve', () => ({ state: 'parked', text }), { compensate: () => text });
      await ctx.publish('said', { value: text });
      throw Object.assign(new Error(text), { highway: { undone: [text] }, [text]: text });
    });
    await highway.start();
    for (const text of texts) {
      const run = await fail.start(text);
      await expect(run.result()).rejects.toMatchObject({ message: text, [text]: text });
      expect(await highway.runs.describe(run.id)).toMatchObject({
        input: text,
        compensated: ['reserve'],
        published: { said: { value: text } },
        steps: [{ value: { state: 'parked', text } }, {}, {}],
      });
    }
    expect((await highway.runs.counts()).statuses).toEqual({ compensated: texts.length });
    expect(await highway.runs.list({ status: 'compensated' })).toHaveLength(texts.length);
  });

  it('distinguish null from undefined', async () => {
    const echo = makeHighway().workflow('echo', async (input: unknown, ctx: Context) => {
      const seen = await ctx.step('see', () => [input === null, input]);
      await ctx.publish('input', input);
      return ctx.step('echo', () => (seen[0] === true ? null : input));
    });
    const parent = highway.workflow('parent', (_: null, ctx: Context) =>
      ctx.forEach('each', [null, undefined, 0], echo),
    );
    await highway.start();
    for (const input of [null, undefined, 0]) {
      const run = await echo.start(input);
      expect(await run.result()).toBe(input);
      const { output, published } = await highway.runs.describe(run.id);
      expect([output, published['input']]).toEqual([input, input]);
    }
    expect(await (await parent.start(null)).result()).toEqual([null, undefined, 0]);
  });

  it('distinguish a signal without a value from a timeout, and reject a signal that is late', async () => {
    const ask = makeHighway().workflow('ask', async (timeout: string, ctx: Context) => {
      const value = await ctx.waitFor('approved', { timeout: timeout as '1d' });
      return value === undefined ? 'timed out' : ['approved', value];
    });
    await highway.start();
    for (const [given, value] of [
      [[], null],
      [[undefined], null],
      [[null], null],
      [[0], 0],
      [[''], ''],
    ]) {
      const run = await ask.start('1d');
      await highway.runs.signal(run.id, 'approved', ...(given as []));
      expect(await run.result()).toEqual(['approved', value]);
      await expect(highway.runs.signal(run.id, 'approved')).rejects.toMatchObject({
        code: 'ERR_RUN_ENDED',
      });
    }
    expect(await (await ask.start('1ms')).result()).toBe('timed out');
  });

  it('give the same status in status(), list() and counts()', async () => {
    const child = makeHighway().workflow('child', (_: null, ctx: Context) => ctx.waitFor('go'));
    const parent = highway.workflow('parent', (_: null, ctx: Context) =>
      ctx.all('both', { a: [child, null] }),
    );
    let naps = 0;
    const nap = highway.workflow('nap', async (_: null, ctx: Context) => {
      await ctx.sleep('20ms');
      await ctx.step('long', () => {
        naps += 1;
        return neverSettles();
      });
    });
    const sleeper = highway.workflow('sleeper', (_: null, ctx: Context) => ctx.sleep('1h'));
    await highway.start();
    await parent.start(null, { id: 'parent' });
    await nap.start(null, { id: 'nap' });
    await sleeper.start(null, { id: 'sleeper' });
    const expected = {
      parent: 'waiting',
      'parent/both/a': 'waiting',
      nap: 'running',
      sleeper: 'sleeping',
    };
    await eventually('all stand there', async () => {
      const runs = await highway.runs.list();
      return (
        naps === 1 &&
        runs.length === 4 &&
        runs.every(({ id, status }) => status === expected[id as 'nap'])
      );
    });
    for (const [id, status] of Object.entries(expected)) {
      expect(await highway.runs.get(id).status()).toBe(status);
      expect(await highway.runs.describe(id)).toMatchObject({ status });
    }
    expect(await highway.runs.counts()).toEqual({
      statuses: { waiting: 2, running: 1, sleeping: 1 },
      circuits: {},
    });
    expect(await highway.runs.list({ status: 'waiting' })).toHaveLength(2);
    expect(await highway.runs.list({ status: ['running', 'sleeping'] })).toHaveLength(2);
  });

  it('make child runs after a retried step start again, and keep those before it', async () => {
    let price = 1;
    let isDown = true;
    const printed: string[] = [];
    const print = makeHighway().workflow('print', (text: string, ctx: Context) =>
      ctx.step('print', () => {
        printed.push(text);
        return text;
      }),
    );
    const order = highway.workflow('order', async (_: null, ctx: Context) => {
      const { a } = await ctx.all('before', { a: [print, 'before'] });
      const cents = await ctx.step('price', () => price);
      const { b } = await ctx.all('after', { b: [print, `over ${cents}`] });
      await ctx.step('mail', () => {
        if (isDown) throw new Error('mail is down');
      });
      return [a, b];
    });
    await highway.start();
    const run = await order.start(null, { id: 'order' });
    await expect(run.result()).rejects.toThrow('mail is down');
    price = 990;
    isDown = false;
    await highway.runs.retryFrom('order', 'price');
    expect(await highway.runs.get('order').result()).toEqual(['before', 'over 990']);
    expect(printed).toEqual(['before', 'over 1', 'over 990']);
    expect((await highway.runs.describe('order')).children).toHaveLength(2);
  });

  it('reject a retry of a step after steps that are being compensated', async () => {
    let isUndoing = false;
    const trip = makeHighway().workflow('trip', async (_: null, ctx: Context) => {
      await ctx.step('flight', () => 1, {
        compensate: () => {
          isUndoing = true;
          return neverSettles();
        },
      });
      await ctx.step('car', () => {
        throw new Error('no car');
      });
    });
    await highway.start();
    await trip.start(null, { id: 'trip' });
    await eventually('it is compensated', () => isUndoing);
    // No compensation is on record yet, but the beginning of compensation is.
    for (const step of ['car', 'flight']) {
      await expect(highway.runs.retryFrom('trip', step)).rejects.toMatchObject({
        code: 'ERR_COMPENSATED',
      });
    }
    await highway.runs.cancel('trip');
    await expect(highway.runs.retryFrom('trip', 'car')).rejects.toMatchObject({
      code: 'ERR_COMPENSATED',
    });
  });

  it("reject keys and values that the journal can't keep", async () => {
    const echo = makeHighway().workflow('echo', (input: unknown) => input);
    const publish = highway.workflow('publish', (key: string, ctx: Context) => ctx.publish(key, 1));
    const wait = highway.workflow('wait', (key: string, ctx: Context) => ctx.waitFor(key));
    const step = highway.workflow('step', (key: string, ctx: Context) => ctx.step(key, () => 1));
    await highway.start();
    for (const id of [
      'a\0b',
      'order \ud83d',
      '',
      ' ',
      'a/b',
      'x'.repeat(401),
      '\n',
      5 as unknown as string,
    ]) {
      await expect(echo.start(1, { id })).rejects.toMatchObject({ code: 'ERR_DEFINITION' });
      await expect(highway.runs.get(id).status()).rejects.toMatchObject({
        code: 'ERR_UNKNOWN_RUN',
      });
      await expect(highway.runs.cancel(id)).rejects.toMatchObject({ code: 'ERR_UNKNOWN_RUN' });
    }
    for (const key of ['a\0b', '\udc00', 'DBOS.sleep', 'compensate/x', 'x'.repeat(201)]) {
      for (const workflow of [publish, wait, step]) {
        const run = await workflow.start(key);
        await expect(run.result()).rejects.toMatchObject({ code: 'ERR_DEFINITION' });
      }
      await expect(highway.runs.signal('x', key)).rejects.toMatchObject({ code: 'ERR_DEFINITION' });
    }
    await expect(echo.start({ a: [Object.assign([1], { b: 1 })] })).rejects.toMatchObject({
      code: 'ERR_NOT_SERIALIZABLE',
      message:
        "echo: the input contains a property of an array at .a[0].b, which the journal can't keep; use plain data",
    });
  });

  it("start runs in no caller's async context", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const look = makeHighway().workflow(
      'look',
      async (_: null, ctx: Context) => {
        seen.push(storage.getStore());
        storage.enterWith(ctx.runId);
        await ctx.step('look', () => void seen.push(storage.getStore()));
        await ctx.sleep('1ms');
        seen.push(storage.getStore());
      },
      { concurrency: 1, maxOpen: 1 },
    );
    await storage.run('the start', () => highway.start());
    const ids = ['a', 'b', 'c'];
    const runs = await storage.run('a request', () =>
      Promise.all(ids.map((id) => look.start(null, { id }))),
    );
    for (const run of runs) await run.result();
    expect([...seen].sort()).toEqual(
      [...ids.flatMap((id) => [id, id]), undefined, undefined, undefined].sort(),
    );
  });
});
