import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { PostgresStore } from '@highway/fleet/postgres';

const connectionString = 'postgres://nobody@127.0.0.1:1/none';

function make(options: object): () => PostgresStore {
  return () => new PostgresStore(options);
}

describe('the options of a PostgresStore', () => {
  it.each([
    [{}, 'PostgresStore: pass either pool or connectionString'],
    [{ pool: new pg.Pool(), connectionString }, 'pass either pool or connectionString'],
    [{ pool: 7 }, 'pool: 7 is invalid; expected a Pool of the package pg'],
    [{ pool: {} }, 'pool: an object is invalid'],
    [
      { connectionString: 'redis://here' },
      'connectionString: expected a string such as postgres://',
    ],
    [{ connectionString: 7 }, 'connectionString: expected a string such as'],
    [
      { connectionString, schema: 'a b' },
      'schema: "a b" is invalid; expected a name of up to 63 letters',
    ],
    [{ connectionString, schema: 'pg_mine' }, 'schema: "pg_mine" is invalid'],
    [{ connectionString, schema: 'x'.repeat(64) }, 'is invalid; expected a name of up to 63'],
    [{ connectionString, schema: '"; DROP TABLE users; --' }, 'is invalid'],
    [{ connectionString, schema: '' }, 'schema: "" is invalid'],
    [{ connectionString, migrate: 'no' }, 'migrate: "no" is invalid; expected true or false'],
    [{ connectionString, now: 5 }, 'now: 5 is invalid; expected a function'],
    [{ connectionString, timeout: 9 }, 'timeout: 9 is invalid; expected a duration from 10 ms'],
    [{ connectionString, timeout: 'soon' }, 'timeout'],
    [{ connectionString, clock: {} }, 'clock: {} is invalid; expected an object with now'],
    [{ connectionString, random: 0.5 }, 'random: 0.5 is invalid; expected a function'],
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
