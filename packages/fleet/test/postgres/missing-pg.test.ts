import { describe, expect, it, vi } from 'vitest';
import { PostgresStore } from '@highway/fleet/postgres';

vi.mock('pg', () => {
  throw new Error('no such package');
});

describe('without the package pg', () => {
  it('a store with a connection string rejects at its first use, not before', async () => {
    await using store = new PostgresStore({
      connectionString: 'postgres://nobody@127.0.0.1:1/none',
    });
    await expect(store.view()).rejects.toThrow(
      'A PostgresStore with a connectionString needs the package pg: install it',
    );
  });

  it('a store with a pool uses the client class of the pool', async () => {
    const made: object[] = [];
    class Client {
      constructor(options: object) {
        made.push(options);
      }
      on(): void {}
      connect(): Promise<void> {
        return Promise.reject(new Error('nobody there'));
      }
      end(): Promise<void> {
        return Promise.resolve();
      }
    }
    // Like that of a pool, its password is not enumerable.
    const options = Object.defineProperty({ host: 'db', max: 3 }, 'password', { value: 'secret' });
    const pool = { Client, options, query: () => Promise.resolve() };
    await using store = new PostgresStore({ pool, timeout: 300 });
    await expect(store.view()).rejects.toThrow('nobody there');
    expect(made).toMatchObject([
      { host: 'db', password: 'secret', connectionTimeoutMillis: 300, keepAlive: true },
    ]);
  });
});
