import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Highway } from '@highway/workflow';
import { runCommand } from '../support/run-command.ts';

describe('the command line on an embedded database', { timeout: 120_000 }, () => {
  let dataDir: string;
  let highway: Highway;

  const command = (...args: string[]) => runCommand([...args, '--data-dir', dataDir]);

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'highway-cli-'));
    highway = new Highway({ name: 'shop', dataDir });
    const buy = highway.workflow(
      'buy',
      async (item: string, ctx) => {
        await ctx.step('reserve', () => 'held', { compensate: () => undefined });
        if (item === 'gone') throw new Error('sold out');
        await ctx.waitFor('paid', { timeout: '1h' });
      },
      { version: '1' },
    );
    await highway.start();
    await buy.start('book', { id: 'o-1' });
    const failed = await buy.start('gone', { id: 'o-2' });
    await failed.result().catch(() => undefined);
  }, 120_000);

  afterAll(async () => {
    await highway.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('reports an embedded database that a worker has open', async () => {
    const rejected = await command('list');
    expect(rejected).toMatchObject({ code: 1, out: '' });
    expect(rejected.err).toContain(`is in use by process ${process.pid} on the host`);
    expect(rejected.err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('lists its runs once the worker has ended, without colours', async () => {
    await highway.stop();
    const listed = await command('list');
    expect(listed).toMatchObject({ code: 0, err: '' });
    const [head, ...runs] = listed.out.trimEnd().split('\n');
    expect(head).toMatch(/^RUN +WORKFLOW +STATUS/);
    expect(runs).toHaveLength(2);
    expect(runs[0]).toMatch(/^o-2 +buy +compensated/);
    expect(runs[1]).toMatch(/^o-1 +buy +/);
    expect(listed.out).not.toContain('\u001B');
  });

  it('shows a run with its compensated steps', async () => {
    await highway.stop();
    const { code, out } = await command('show', 'o-2');
    expect(code).toBe(0);
    expect(out).toMatch(/^Status +compensated$/m);
    expect(out).toMatch(/^Error +Error: sold out$/m);
    expect(out).toMatch(/^compensate reserve +done +1 /m);
  });

  it('retries a step of a failed run on the next worker', async () => {
    await highway.stop();
    const { code, out } = await command('retry-from', 'o-2', 'reserve', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ id: 'o-2', status: 'queued' });
    const counted = await command('counts', '--json');
    expect(JSON.parse(counted.out)).toMatchObject({ statuses: { queued: 2 } });
  });
});
