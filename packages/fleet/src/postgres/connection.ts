import type { Clock, Random } from '@highway/resilience';
import { FleetError, StoreTimeoutError } from '../errors.ts';
import { ReconnectBackoff } from '../support/reconnect-backoff.ts';
import { withoutSecrets } from '../support/safe-error.ts';
import { unref } from '../support/time-limit.ts';
import type { TimeLimit } from '../support/time-limit.ts';
import { answerOf, destroy, ended } from './answer.ts';
import type { MakeClient, PgClient, PgNotification, PgResult } from './pg-client.ts';

/** The rules of a connection. */
export interface ConnectionRules {
  readonly makeClient: MakeClient;
  readonly clock: Clock;
  readonly random: Random;
  /** How long the database may take to connect, and to answer. */
  readonly limit: TimeLimit;
  /** Prepares the database of a new connection; limits its own time. */
  prepare(client: PgClient): Promise<void>;
  /** The statement that subscribes a new connection; `undefined` while nobody listens. */
  listens(): string | undefined;
  notified(message: PgNotification): void;
  /** Notifications come again, after an interruption in which some may have been lost. */
  resumed(): void;
}

/** The shortest and the longest wait before the store reconnects by itself. */
const firstBackoffMs = 100;
const longestBackoffMs = 5000;
/** How often to ping a connection that only listens. */
const pingMs = 10_000;

/**
 * Errors that mean that only a new session can help: the server accepts no writes or has become a standby,
 * the session is in a failed transaction, or it is being ended. Conditions that pass by themselves (a full
 * disk, no memory, a lock) are not here.
 */
const sessionGone = /^(?:25006|25P02|57P0[1-5]|08...|53300)$/;

/**
 * One connection to the database. It connects when needed. When the connection is lost, it reconnects at
 * the next query, and while somebody listens also by itself, less and less often. It runs one query at a
 * time. A query that is not answered in time ends the connection: nothing else would, if the network drops
 * packets silently.
 *
 * It keeps the process alive only while somebody waits for an answer.
 */
export class Connection {
  readonly #rules: ConnectionRules;
  readonly #backoff = new ReconnectBackoff();
  #client: PgClient | undefined = undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #backoffMs = firstBackoffMs;
  #timer: unknown = undefined;
  #closing: Promise<void> | undefined = undefined;

  constructor(rules: ConnectionRules) {
    this.#rules = rules;
  }

  /**
   * Runs a query after all earlier ones. Rejects if there is no answer in time. If the signal aborts
   * before its turn, it rejects and is never sent.
   */
  async query(
    sql: string,
    values: readonly unknown[] = [],
    signal?: AbortSignal,
  ): Promise<PgResult> {
    try {
      return await this.#query(sql, values, signal);
    } catch (error) {
      throw withoutSecrets(error) as Error;
    }
  }

  #query(sql: string, values: readonly unknown[], signal?: AbortSignal): Promise<PgResult> {
    return this.#afterOthers(async () => {
      signal?.throwIfAborted();
      const client = await this.#connected();
      signal?.throwIfAborted();
      client.ref?.();
      try {
        const answer = await answerOf(client, this.#rules.limit, () => client.query(sql, values));
        this.#backoff.succeeded();
        return answer;
      } catch (error) {
        if (this.#endsWith(error)) this.#lost(client);
        throw error;
      } finally {
        client.unref?.();
      }
    });
  }

  /** Whether an error ends the connection. */
  #endsWith(error: unknown): boolean {
    if (error instanceof StoreTimeoutError) return true;
    const { code } = Object(error) as { readonly code?: unknown };
    return sessionGone.test(String(code)) && this.#backoff.isDue(this.#rules.clock.now());
  }

  /** Ends the connection: the next query opens a new one. */
  drop(): Promise<void> {
    return this.#afterOthers(() => this.#end());
  }

  /** Ends the connection after all earlier queries. Later queries reject. */
  close(): Promise<void> {
    this.#closing ??= this.#turn.then(() => this.#end());
    return this.#closing;
  }

  #afterOthers<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) {
      return Promise.reject(
        new FleetError('ERR_FLEET_STORE_CLOSED', 'The PostgresStore is closed'),
      );
    }
    const asked = this.#turn.then(ask);
    this.#turn = asked.catch(() => undefined);
    return asked;
  }

  async #end(): Promise<void> {
    this.#rules.clock.clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) await ended(client, this.#rules.limit);
  }

  async #connected(): Promise<PgClient> {
    if (this.#client !== undefined) return this.#client;
    try {
      this.#client = await this.#connect();
    } catch (error) {
      this.#retryLater();
      throw error;
    }
    this.#backoffMs = firstBackoffMs;
    this.#pingLater();
    return this.#client;
  }

  async #connect(): Promise<PgClient> {
    const { limit } = this.#rules;
    const client = await this.#rules.makeClient();
    // An error without a listener would end the process.
    client.on('error', () => {
      this.#lost(client);
    });
    client.on('end', () => {
      this.#lost(client);
    });
    client.on('notification', (message) => {
      this.#rules.notified(message);
    });
    try {
      await answerOf(client, limit, () => client.connect());
      await this.#rules.prepare(client);
      const listen = this.#rules.listens();
      if (listen !== undefined) {
        await answerOf(client, limit, () => client.query(listen));
        this.#rules.resumed();
      }
    } catch (error) {
      destroy(client);
      throw error;
    }
    return client;
  }

  #lost(client: PgClient): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    destroy(client);
    this.#retryLater();
  }

  /** Reconnects after a delay, unless a query does so before. */
  #retryLater(): void {
    const delay = this.#backoffMs * (0.5 + 0.5 * this.#rules.random());
    this.#backoffMs = Math.min(longestBackoffMs, 2 * this.#backoffMs);
    this.#askLater(delay);
  }

  #pingLater(): void {
    this.#askLater(pingMs);
  }

  #askLater(delay: number): void {
    const { clock } = this.#rules;
    clock.clearTimeout(this.#timer);
    if (this.#closing !== undefined || this.#rules.listens() === undefined) return;
    this.#timer = clock.setTimeout(() => {
      this.query('SELECT 1').then(
        () => {
          this.#pingLater();
        },
        () => undefined,
      );
    }, delay);
    unref(this.#timer);
  }
}
