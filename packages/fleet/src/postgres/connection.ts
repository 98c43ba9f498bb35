import type { Clock, Random } from '@highway/resilience';
import { FleetError, StoreTimeoutError } from '../errors.ts';
import { Renewal } from '../renewal.ts';
import { withoutSecrets } from '../safe-error.ts';
import { unref } from '../time-limit.ts';
import type { TimeLimit } from '../time-limit.ts';
import { answerOf, destroy, ended } from './answer.ts';
import type { MakeClient, PgClient, PgNotification, PgResult } from './pg-client.ts';

/** What a connection goes by. */
export interface ConnectionRules {
  readonly makeClient: MakeClient;
  readonly clock: Clock;
  readonly random: Random;
  /** How long the database may take to connect, and to answer. */
  readonly limit: TimeLimit;
  /** Brings the database of a new connection in order, in a time that it bounds itself. */
  prepare(client: PgClient): Promise<void>;
  /** What to run on a new connection so that notifications come; undefined while none should. */
  listens(): string | undefined;
  notified(message: PgNotification): void;
  /** Notifications come again, after a while in which some may have been missed. */
  resumed(): void;
}

/** The wait before a lost connection is made again by itself: the first, and the longest. */
const firstBackoffMs = 100;
const longestBackoffMs = 5000;
/** How often a connection that only listens is asked whether it is still there. */
const pingMs = 10_000;

/**
 * What a server says by a session that is no good any more, where another may be: it was made while
 * the server took no writes or by one that has become a standby, it stands in a transaction that
 * failed, or it is being ended. What passes by itself (a full disk or memory, a lock) is not here.
 */
const sessionGone = /^(?:25006|25P02|57P0[1-5]|08...|53300)$/;

/**
 * One connection to the database, made when it is needed and made again when it is lost: at once for
 * whoever asks something, and by itself, less and less often, while somebody listens. It carries one
 * question at a time. One that isn't answered in time costs the connection, since nothing else would
 * end it where the network swallows what is sent.
 *
 * It keeps the process alive only while somebody waits for an answer.
 */
export class Connection {
  readonly #rules: ConnectionRules;
  readonly #renewal = new Renewal();
  #client: PgClient | undefined = undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #backoffMs = firstBackoffMs;
  #timer: unknown = undefined;
  #closing: Promise<void> | undefined = undefined;

  constructor(rules: ConnectionRules) {
    this.#rules = rules;
  }

  /**
   * Asks something, after what was asked before. Rejects where there is no answer in time, and where
   * the signal is aborted before its turn has come: then it is never sent.
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
        this.#renewal.succeeded();
        return answer;
      } catch (error) {
        if (this.#endsWith(error)) this.#lost(client);
        throw error;
      } finally {
        client.unref?.();
      }
    });
  }

  /** Whether an error costs the connection. */
  #endsWith(error: unknown): boolean {
    if (error instanceof StoreTimeoutError) return true;
    const { code } = Object(error) as { readonly code?: unknown };
    return sessionGone.test(String(code)) && this.#renewal.isDue(this.#rules.clock.now());
  }

  /** Gives the connection up: what is asked next prepares a new one. */
  drop(): Promise<void> {
    return this.#afterOthers(() => this.#end());
  }

  /** Ends after what was asked before; what is asked later is refused. */
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
    // Without a listener, a connection that breaks would end the process.
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

  /** Connects again by itself, unless somebody asks something before. */
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
