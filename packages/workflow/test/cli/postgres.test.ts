import { startPostgres } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import { Backoff, CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Highway } from '@highway/workflow';
import type { RunStatus, Workflow } from '@highway/workflow';
import { runCommand } from '../support/run-command.ts';

const patience = { timeout: 60_000, interval: 100 };

describe('the command line beside a worker', { timeout: 120_000 }, () => {
  let server: RunningServer;
  let highway: Highway;
  let pay: Workflow<number, string>;
  let ask: Workflow<null, unknown>;
  const bank = new CircuitBreakerPolicy({ name: 'bank', cooldown: '1h' });
  const retry = new RetryPolicy({ maxRetries: 1, backoff: Backoff.fixed(5) });
  const charged: string[] = [];
  let broken = true;

  const command = (...args: string[]) => runCommand(args, { HIGHWAY_DATABASE_URL: server.url });
  const statusOf = (id: string): Promise<RunStatus> => highway.runs.get(id).status();
  const reaches = (id: string, status: RunStatus) =>
    expect.poll(() => statusOf(id), patience).toBe(status);

  beforeAll(async () => {
    server = await startPostgres();
    highway = new Highway({ name: 'shop', version: '1', databaseUrl: server.url });
    pay = highway.workflow('pay', async (cents: number, ctx) => {
      await ctx.step('reserve', () => ({ cents }));
      const charge = () => {
        charged.push(ctx.runId);
        if (broken) throw Object.assign(new Error('503'), { code: 'E_BANK' });
        return 'paid';
      };
      return ctx.step('charge', charge, { policy: new Failsafe({ policies: [retry, bank] }) });
    });
    ask = highway.workflow('ask', (_: null, ctx) => ctx.waitFor('answer', { timeout: '1h' }));
    await highway.start();
  }, 120_000);

  afterAll(async () => {
    await highway.stop();
    await server.stop();
  });

  it('shows the attempts, waits and errors of a failed run, and retries a step of it', async () => {
    const run = await pay.start(5, { id: 'p-1' });
    await expect(run.result()).rejects.toThrow('503');
    const { code, out, err } = await command('show', 'p-1');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Status +failed$/m);
    expect(out).toMatch(/^charge +retrying +1 .* Error: 503 \(E_BANK\)$/m);
    expect(out).toMatch(/^ +failed +2 .* RetriesExceededError: .*503/m);

    broken = false;
    const retried = await command('retry-from', 'p-1', 'charge');
    expect(retried.code).toBe(0);
    expect(retried.out).toMatch(/^p-1 continues from "charge"/);
    await reaches('p-1', 'done');
    expect(charged).toEqual(['p-1', 'p-1', 'p-1']);
  });

  it('lists parked runs by status and circuit, and cancels and resumes them', async () => {
    const held = bank.isolate();
    const first = await pay.start(1, { id: 'k-1' });
    await pay.start(2, { id: 'k-2' });
    await reaches('k-1', 'parked');
    await reaches('k-2', 'parked');
    const listed = await command(
      'list',
      '--status',
      'parked,failed',
      '--circuit',
      'bank',
      '--json',
    );
    const runs = JSON.parse(listed.out) as { id: string; circuit: string }[];
    expect(runs.map(({ id, circuit }) => `${id} ${circuit}`)).toEqual(['k-2 bank', 'k-1 bank']);
    const limited = await command('list', '--workflow', 'pay', '-n', '1');
    expect(limited.out.trimEnd().split('\n')).toHaveLength(2);
    expect(limited.err).toContain('There may be more');

    expect(await command('cancel', 'k-1')).toMatchObject({ code: 0 });
    await expect(first.result()).rejects.toMatchObject({ code: 'ERR_CANCELLED' });
    expect(await command('cancel', 'k-1')).toMatchObject({ code: 0 });
    expect((await command('signal', 'k-1', 'answer')).err).toContain('has ended: cancelled');
    expect(await command('resume', 'k-1')).toMatchObject({ code: 0 });
    await reaches('k-1', 'parked');
    held[Symbol.dispose]();
    await reaches('k-1', 'done');
    await reaches('k-2', 'done');
    expect(charged.filter((id) => id === 'k-1')).toEqual(['k-1']);
  });

  it('sends a waiting run a signal with a value', async () => {
    const run = await ask.start(null, { id: 'a-1' });
    await reaches('a-1', 'waiting');
    const sent = await command('signal', 'a-1', 'answer', '{"by":["me"]}');
    expect(sent).toMatchObject({ code: 0, err: '' });
    expect(await run.result()).toEqual({ by: ['me'] });
    const late = await command('cancel', 'a-1');
    expect(late).toEqual({ code: 1, out: '', err: 'error: The run "a-1" has ended: done\n' });
  });

  it.each([
    [['show', 'nobody']],
    [['signal', 'nobody', 'go']],
    [['cancel', 'nobody']],
    [['resume', 'nobody']],
    [['retry-from', 'nobody', 'charge']],
  ])('answers %j for an unknown run with exit code 1, on one line', async (args) => {
    expect(await command(...args)).toEqual({
      code: 1,
      out: '',
      err: 'error: "shop" has no run "nobody"\n',
    });
  });

  it("requires an application's name if the database has several", async () => {
    await highway.stop();
    await using other = new Highway({ name: 'office', version: '1', databaseUrl: server.url });
    const note = other.workflow('note', () => 'noted');
    await other.start();
    await (await note.start(null, { id: 'n-1' })).result();
    const asked = await command('list');
    expect(asked).toMatchObject({ code: 2, out: '' });
    expect(asked.err).toContain('office, shop');
    const { out } = await command('list', '--app', 'office', '--json');
    expect(JSON.parse(out)).toMatchObject([{ id: 'n-1', workflow: 'note', status: 'done' }]);
  });

  it('reports a database on which no Highway has been started', async () => {
    const empty = new URL(server.url);
    empty.pathname = '/template1';
    const { code, err } = await command('list', '--database-url', empty.href);
    expect({ code, err }).toEqual({
      code: 1,
      err: 'error: The database has no workflows: no Highway has been started on it\n',
    });
  });
});
