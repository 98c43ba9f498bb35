import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { PostgresStore } from '@highway/fleet/postgres';

const connectionString = 'postgres://nobody@127.0.0.1:1/none';

function make(options: object): () => PostgresStore {
  return () => new PostgresStore(options);
}

describe('the options of a PostgresStore', () => {
  it.each([
    [{}, 'PostgresStore: it takes either a pool or a connectionString'],
    [{ pool: new pg.Pool(), connectionString }, 'takes either a pool or a connectionString'],
    [{ pool: 7 }, 'pool: 7 is not allowed; expected a Pool of the package pg'],
    [{ pool: {} }, 'pool: an object is not allowed'],
    [{ connectionString: 'redis://here' }, 'connectionString: it takes a string like postgres://'],
    [{ connectionString: 7 }, 'connectionString: it takes a string like'],
    [
      { connectionString, schema: 'a b' },
      'schema: "a b" is not allowed; expected up to 63 letters',
    ],
    [{ connectionString, schema: 'pg_mine' }, 'schema: "pg_mine" is not allowed'],
    [{ connectionString, schema: 'x'.repeat(64) }, 'is not allowed; expected up to 63'],
    [{ connectionString, schema: '"; DROP TABLE users; --' }, 'is not allowed'],
    [{ connectionString, schema: '' }, 'schema: "" is not allowed'],
    [{ connectionString, migrate: 'no' }, 'migrate: "no" is not allowed; expected true or false'],
    [{ connectionString, now: 5 }, 'now: 5 is not allowed; expected a function'],
    [{ connectionString, timeout: 9 }, 'timeout: 9 is not allowed; expected a duration from 10 ms'],
    [{ connectionString, timeout: 'soon' }, 'timeout'],
    [{ connectionString, clock: {} }, 'clock: {} is not allowed; expected an object with now'],
    [{ connectionString, random: 0.5 }, 'random: 0.5 is not allowed; expected a function'],
    [
      { connectionString, prefix: 'x' },
      'PostgresStore: unknown option "prefix"; known options are pool',
    ],
  ])('are rejected by name if they are invalid: %o', (options, message) => {
    expect(make(options)).toThrow(message);
  });

  it('never show a connection string, which may contain a password', () => {
    expect(make({ connectionString: 'mysql://me:secret@host' })).not.toThrow(/secret/);
  });

  it('are not tried before the store is used; then it rejects with the connection error', async () => {
    await using store = new PostgresStore({ connectionString });
    await expect(store.exchange([])).rejects.toThrow(/ECONNREFUSED/);
    await expect(store.subscribe(() => undefined)).rejects.toThrow(/ECONNREFUSED/);
  });
});
