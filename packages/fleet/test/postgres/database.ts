import pg from 'pg';
import { PostgresStore } from '@highway/fleet/postgres';
import type { PostgresStoreOptions } from '@highway/fleet/postgres';
import { startPostgres } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import type { CircuitMessage } from '@highway/fleet';
import { operatorMessage } from '../../src/coordination/operator.ts';
import { plainMessage } from '../../src/testing/conversation.ts';

/** A server, with functions to inspect and to clean it. */
export class Database implements AsyncDisposable {
  readonly server: RunningServer;
  readonly #stores: PostgresStore[] = [];

  private constructor(server: RunningServer) {
    this.server = server;
  }

  static async start(): Promise<Database> {
    return new Database(await startPostgres());
  }

  /** Creates a store that closes with the database. */
  store(options: PostgresStoreOptions = {}): PostgresStore {
    const where = options.pool === undefined ? { connectionString: this.server.url } : {};
    const store = new PostgresStore({ ...where, ...options });
    this.#stores.push(store);
    return store;
  }

  /** Runs SQL as the superuser. */
  async run(sql: string): Promise<readonly Record<string, unknown>[]> {
    const client = await this.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(sql);
      return rows;
    } finally {
      await client.end();
    }
  }

  async connect(): Promise<pg.Client> {
    const client = new pg.Client(this.server.url);
    // Without a listener, the end of the server would end the test.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()));
    await this.server.stop();
  }
}

/** A message of a member without news. */
export function heartbeat(member: string, told: Partial<CircuitMessage> = {}): CircuitMessage {
  return { ...plainMessage('payments', member), ttl: 60_000, ...told };
}

/** The message of an operator who isolates or releases a circuit. */
export function command(name: 'isolate' | 'release', circuit = 'payments'): CircuitMessage {
  return operatorMessage(circuit, name);
}
