import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../../src/testing/conversation.ts';
import { Database, heartbeat } from './database.ts';

const timeout = 120_000;

describe('concurrent exchanges', { timeout }, () => {
  let database: Database;

  beforeAll(async () => {
    database = await Database.start();
  }, timeout);

  afterAll(() => database[Symbol.asyncDispose]());

  it('do not wait for a locked circuit if they change nothing in it', async () => {
    const store = database.store({ schema: 'locked' });
    const [reply] = await store.exchange([heartbeat('a')]);
    const { version } = reply!;
    const other = await database.connect();
    await other.query('BEGIN');
    await other.query('SELECT FROM locked.circuits FOR UPDATE');
    const beat = heartbeat('a', { version, span: 1000, successes: 5 });
    const [answer] = await store.exchange([beat]);
    expect(answer).toMatchObject({ members: 1, successes: 5 });
    let joined = false;
    const joins = database
      .store({ schema: 'locked' })
      .exchange([heartbeat('b')])
      .then(() => (joined = true));
    await store.exchange([beat]);
    expect(joined).toBe(false);
    await other.query('COMMIT');
    await joins;
    await other.end();
  });

  it('do not wait for a locked circuit that has not changed', async () => {
    const store = database.store({ schema: 'quiet' });
    const { version, stamp } = await send(store, heartbeat('a'));
    const other = await database.connect();
    await other.query('BEGIN');
    await other.query('SELECT FROM quiet.circuits FOR UPDATE');
    const quiet = heartbeat('a', { version, quiet: stamp });
    expect(await store.exchange([quiet])).toMatchObject([{ unchanged: true, members: 1 }]);
    await other.query('COMMIT');
    await other.end();
  });

  it('never deadlock, whatever the order of their circuits', async () => {
    const circuits = Array.from({ length: 10 }, (_, i) => `circuit ${String(i)}`);
    const nodes = Array.from({ length: 10 }, () => database.store({ schema: 'crossed' }));
    const rounds = nodes.map(async (store, node) => {
      const order = node % 2 === 0 ? circuits : [...circuits].reverse();
      const told = new Map<string, { generation: string; epoch: number }>();
      for (let round = 1; round <= 20; round++) {
        const replies = await store.exchange(
          order.map((circuit) =>
            heartbeat(`m${String(node)}`, {
              circuit,
              version: told.get(circuit) ?? { generation: '', epoch: 0 },
              span: 1000,
              successes: round,
              open: (round + node) % 3 === 0,
              ...(round % 5 === 0 && {
                propose: { to: 'CLOSED', wait: 0, openings: 0, cause: 'trials' },
              }),
            }),
          ),
        );
        expect(replies.map(({ circuit }) => circuit)).toEqual(order);
        for (const { circuit, version } of replies) told.set(circuit, version);
      }
    });
    await Promise.all(rounds);
    const [deadlocks] = await database.run(
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(deadlocks).toEqual({ deadlocks: 0 });
  });

  it('are retried if the database rolls them back, as at a stricter isolation level', async () => {
    const url = new URL(database.server.url);
    url.searchParams.set('options', '-c default_transaction_isolation=serializable');
    const stores = Array.from({ length: 5 }, () =>
      database.store({ connectionString: url.href, schema: 'strict' }),
    );
    for (let round = 1; round <= 5; round++) {
      await Promise.all(
        stores.map((store, i) =>
          store.exchange([heartbeat(`m${String(i)}`, { span: 60_000, successes: round })]),
        ),
      );
    }
    const [view] = await stores[0]!.view();
    expect(view).toMatchObject({ members: 5 });
  });
});
