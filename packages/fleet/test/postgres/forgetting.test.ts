import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../../src/testing/conversation.ts';
import { Database, heartbeat } from './database.ts';

const timeout = 120_000;

describe('idle circuits', { timeout }, () => {
  const day = 86_400_000;
  let database: Database;

  beforeAll(async () => {
    database = await Database.start();
  }, timeout);

  afterAll(() => database[Symbol.asyncDispose]());

  it('are deleted after 7 days, but not while they have members', async () => {
    let now = 1_750_000_000_000;
    const store = database.store({ now: () => now });
    const names = async () => (await store.view()).map(({ circuit }) => circuit);
    await store.exchange([heartbeat('a', { circuit: 'old' }), heartbeat('a', { circuit: 'used' })]);
    now += 6 * day;
    await store.exchange([heartbeat('a', { circuit: 'used' })]);
    expect(await names()).toEqual(['old', 'used']);
    now += 1 * day + 1;
    expect(await names()).toEqual(['used']);
    await database.run(`SET search_path TO highway_fleet; SELECT delete_idle(${String(now)})`);
    expect(await database.run('SELECT name FROM highway_fleet.circuits')).toEqual([
      { name: 'used' },
    ]);
    expect(await database.run('SELECT DISTINCT circuit FROM highway_fleet.members')).toHaveLength(
      1,
    );
  });

  it('and processes leave nothing once they are deleted', async () => {
    let now = 1_750_000_000_000;
    const store = database.store({ schema: 'swept', now: () => now });
    await store.exchange([heartbeat('a'), heartbeat('b', { circuit: 'search', ttl: 0 })]);
    now += 7 * day + 1;
    await store.exchange([heartbeat('c', { circuit: 'used' })]);
    await database.run(`SET search_path TO swept; SELECT delete_idle(${String(now)})`);
    expect(await database.run('SELECT circuit FROM swept.versions')).toEqual([{ circuit: 'used' }]);
    expect(await database.run('SELECT member FROM swept.processes')).toEqual([{ member: 'c' }]);
  });

  it('are created again by a quiet message if an operator has deleted the row', async () => {
    const store = database.store({ schema: 'deleted' });
    const { version, stamp } = await send(store, heartbeat('a'));
    const quiet = heartbeat('a', { version, quiet: stamp });
    expect(await store.exchange([quiet])).toMatchObject([{ unchanged: true }]);
    await database.run('DELETE FROM deleted.circuits');
    expect(await store.exchange([quiet])).toMatchObject([{ state: 'CLOSED', members: 1 }]);
    expect(await store.view()).toHaveLength(1);
  });

  it('start again with the next message', async () => {
    let now = 1_750_000_000_000;
    const store = database.store({ schema: 'anew', now: () => now });
    const [before] = await store.exchange([heartbeat('', { command: 'isolate' })]);
    now += 8 * day;
    const [after] = await store.exchange([heartbeat('a')]);
    expect(after).toMatchObject({ state: 'CLOSED', version: { epoch: 0 } });
    expect(after?.version.generation).not.toBe(before?.version.generation);
  });
});
