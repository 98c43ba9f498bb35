import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresStore } from '@highway/fleet/postgres';
import { storeContract } from '@highway/fleet/testing';
import type { StoreHarness } from '@highway/fleet/testing';
import { startPostgres } from '@highway/servers';
import type { RunningServer } from '@highway/servers';

let server: RunningServer;
let pool: pg.Pool;
let admin: pg.Client;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
  pool = new pg.Pool({ connectionString: server.url });
  admin = new pg.Client(server.url);
  await admin.connect();
}, 120_000);

afterAll(async () => {
  await admin.end();
  await server.stop();
});

const byId = (schema: string): string =>
  `WHERE circuit = (SELECT id FROM ${schema}.circuits WHERE name = $1)`;
/** The tables, with the rows of a circuit in each. */
const parts: readonly (readonly [table: string, ofCircuit: (schema: string) => string])[] = [
  ['members', byId],
  ['buckets', byId],
  ['trial_slots', byId],
  ['circuits', () => 'WHERE name = $1'],
  ['versions', () => 'WHERE circuit = $1'],
];

function makeHarness(): StoreHarness & { close(): Promise<void> } {
  let time = 0;
  const schema = `contract_${String(++schemas)}`;
  const options = { pool, schema, now: () => time };
  const store = new PostgresStore(options);
  const peer = new PostgresStore(options);
  return {
    store,
    peer,
    setTime: (ms) => {
      time = ms;
    },
    reset: async () => {
      await admin.query(`DROP SCHEMA ${schema} CASCADE`);
    },
    // The worst that the tables accept: their types and checks reject anything else.
    damage: async (circuit) => {
      await admin.query(`UPDATE ${schema}.circuits SET openings = -1 WHERE name = $1`, [circuit]);
    },
    // Only unlogged tables lose data by themselves; the others only if somebody deletes it.
    parts: parts.length,
    lose: async (circuit, which) => {
      for (const [table, ofCircuit] of parts.filter((_, i) => (which >> i) % 2 === 1)) {
        await admin.query(`DELETE FROM ${schema}.${table} ${ofCircuit(schema)}`, [circuit]);
      }
    },
    close: async () => {
      await Promise.all([store.close(), peer.close()]);
    },
  };
}

describe('PostgresStore', () => {
  it.each(storeContract)('$name', { timeout: 120_000 }, async ({ run }) => {
    const harness = makeHarness();
    try {
      await expect(run(harness)).resolves.toBeUndefined();
    } finally {
      await harness.close();
    }
  });
});
