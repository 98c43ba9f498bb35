import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy } from '@highway/resilience';
import { Highway } from '@highway/workflow';
import type { Context, ResumeOptions, Workflow } from '@highway/workflow';
import { embeddedFolder } from '../support/embedded-folder.ts';
import { eventually } from '../support/eventually.ts';

describe('an operator', { timeout: 120_000 }, () => {
  let database: Awaited<ReturnType<typeof embeddedFolder>>;
  let highway: Highway;
  let wait: Workflow<null, unknown>;
  let pay: Workflow<null, unknown>;
  const bank = new CircuitBreakerPolicy({ name: 'the "old" bank' });
  const cause = Object.assign(new Error('of a child run'), { code: 'ERR_COMPENSATION' });

  beforeAll(async () => {
    database = await embeddedFolder();
    highway = new Highway({ name: 'shop', version: '1', dataDir: database.folder });
    wait = highway.workflow('wait', (_: null, ctx: Context) => ctx.waitFor('go'));
    pay = highway.workflow('pay', async (_: null, ctx: Context) => {
      await ctx.step('reserve', () => 'held', { compensate: () => undefined });
      await ctx.step('charge', () => 'paid', { policy: bank });
      throw new Error('sold out', { cause });
    });
    await highway.start();
    await wait.start(null, { id: 'w-1' });
  }, 120_000);

  afterAll(async () => {
    await highway.stop({ drain: 0 });
    database.remove();
  });

  it.each([
    ['', 1, 'ERR_DEFINITION', 'signal: "" is invalid'],
    [undefined as unknown as string, 1, 'ERR_DEFINITION', 'signal: undefined is invalid'],
    ['go', { done: () => 1 }, 'ERR_NOT_SERIALIZABLE', 'contains the function done at .done'],
  ])('can not send a signal that could not arrive: %j', async (name, value, code, message) => {
    const sent = highway.runs.signal('w-1', name, value);
    await expect(sent).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it.each([
    [{ vers: '2' }, 'unknown option "vers"'],
    [{ version: '' }, 'version: "" is invalid'],
    [{ version: 'a@b' }, 'version: "a@b" is invalid'],
  ])('can not move a run to an invalid version: %o', async (options, message) => {
    const bad = options as ResumeOptions;
    await expect(highway.runs.resume('w-1', bad)).rejects.toThrow(`resume: ${message}`);
    await expect(highway.runs.retryFrom('w-1', 'recv', bad)).rejects.toThrow(
      `retryFrom: ${message}`,
    );
    expect(await highway.runs.list({ version: '1' })).toMatchObject([{ id: 'w-1' }]);
  });

  it('gets a code of its own for a run that has ended, or has no such step', async () => {
    const run = await wait.start(null, { id: 'w-2' });
    await highway.runs.signal('w-2', 'go', 'on');
    expect(await run.result()).toBe('on');
    await expect(highway.runs.resume('w-2')).rejects.toMatchObject({ code: 'ERR_RUN_ENDED' });
    const code = 'ERR_UNKNOWN_STEP';
    await expect(highway.runs.retryFrom('w-2', 'pay')).rejects.toMatchObject({ code });
  });

  it("does not wait for the result of a run that doesn't exist", async () => {
    const result = highway.runs.get('nobody').result();
    await expect(result).rejects.toMatchObject({ code: 'ERR_UNKNOWN_RUN' });
  });

  it.each([[''], ['w-1/notify/mail'], ['a\nb'], ['a\u0000'], [7], ['x'.repeat(401)]])(
    'starts no run with an ambiguous id: %j',
    async (id) => {
      const started = wait.start(null, { id: id as string });
      await expect(started).rejects.toMatchObject({ code: 'ERR_DEFINITION' });
      await expect(started).rejects.toThrow('wait.start: id');
    },
  );

  it('counts runs as the list shows them, whatever the names of circuits and errors', async () => {
    const outage = bank.isolate();
    const run = await pay.start(null, { id: 'p-1' });
    await eventually('the run is parked', async () => (await run.status()) === 'parked');
    expect(await highway.runs.list({ circuit: 'the "old" bank' })).toMatchObject([{ id: 'p-1' }]);
    expect((await highway.runs.counts()).circuits).toEqual({ 'the "old" bank': 1 });
    outage[Symbol.dispose]();
    await expect(run.result()).rejects.toThrow('sold out');
    expect(await run.status()).toBe('compensated');
    expect((await highway.runs.counts()).statuses).toMatchObject({ compensated: 1 });
  });
});
