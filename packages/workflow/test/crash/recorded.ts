import { Client } from 'pg';
import { eventually } from '../support/eventually.ts';

/** Reads the journal directly from the database. */
export class RecordedAttempts {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async open(url: string): Promise<RecordedAttempts> {
    const client = new Client({ connectionString: url });
    await client.connect();
    return new RecordedAttempts(client);
  }

  /** All attempts on record, as `run step attempt`. A park is not an attempt. */
  async read(): Promise<Set<string>> {
    const { rows } = await this.#client.query<{ run: string; step: string; output: string }>(
      `SELECT workflow_uuid AS run, function_name AS step, output FROM dbos.operation_outputs
        WHERE output ~ '^\\{"json":\\{"state":"(done|failed|retrying)"'`,
    );
    return new Set(
      rows.map(({ run, step, output }) => {
        const attempt = /"attempt":(\d+)/.exec(output)?.[1] ?? '?';
        return `${run} ${step} ${attempt}`;
      }),
    );
  }

  /**
   * Waits until nobody else is connected: a killed process' last statement may still be under way,
   * and commits.
   */
  async settled(): Promise<void> {
    await eventually('the connections of the killed worker to end', async () => {
      const { rows } = await this.#client.query<{ others: number }>(
        `SELECT count(*)::int AS others FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      return rows[0]?.others === 0;
    });
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}
