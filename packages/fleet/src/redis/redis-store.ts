import type { Clock } from '@highway/resilience';
import { refuseOption } from '../options.ts';
import { MalformedStateError } from '../read-reply.ts';
import type { Change, CircuitMessage, CircuitReply, CircuitView, FleetStore } from '../store.ts';
import { NotConnectedError } from './connection.ts';
import type { RedisConnection } from './connection.ts';
import { resolveOptions } from './options.ts';
import type { RedisStoreOptions } from './options.ts';
import { parseNotice, parseReply, readNames, readView } from './read-answers.ts';
import { announceScript, exchangeScript, listScript, viewScript } from './scripts.generated.ts';
import { runScript } from './script.ts';
import type { Script } from './script.ts';

/** How often circuits that are spoken of are listed again; the list forgets them after 8 days. */
const announceEveryMs = 3_600_000;

const keyNames = ['state', 'members', 'votes', 'totals', 'places', 'buckets'];

/**
 * Keeps a fleet's circuits in Redis (6.2 or later) or Valkey, a single server or a cluster.
 *
 * An exchange is one round trip: a script for each circuit, all written at once. Every circuit is
 * atomic for itself, by the server's clock. What nobody speaks of for 7 days is forgotten.
 *
 * While the client has lost its connection, everything rejects at once, rather than reach the
 * server when it means nothing any more.
 *
 * A user of the server needs no more than this, for the prefix `highway`:
 *
 *     ACL SETUSER fleet on >password resetchannels &highway:changes ~highway:*
 *       +eval +evalsha +time +del +pexpire +hget +hgetall +hmget +hset +hdel +hlen +hvals
 *       +zadd +zrem +zcard +zscore +zrange +zrangebyscore +zremrangebyscore
 *       +sadd +srem +scard +smembers +sismember +publish +subscribe
 *       +info +hello +client|setname +cluster|info +cluster|slots
 *
 * @example
 * const store = new RedisStore({ client: new Redis('redis://localhost:6379') });
 * const fleet = new Fleet({ store });
 */
export class RedisStore implements FleetStore {
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #now: (() => number) | undefined;
  /** Whether there was a connection: a client that never had one may be about to connect. */
  #wasReady: boolean;
  /** The circuits that were listed, each with the life of the record in which it was, and when. */
  readonly #listed = new Map<string, { readonly generation: string; readonly at: number }>();

  /** Throws a `TypeError` that names the option for any that is bad or unknown. */
  constructor(options: RedisStoreOptions) {
    const { connection, prefix, clock, now } = resolveOptions(options);
    this.#connection = connection;
    this.#prefix = prefix;
    this.#clock = clock;
    this.#now = now;
    this.#wasReady = connection.isReady;
  }

  async exchange(messages: readonly CircuitMessage[]): Promise<readonly CircuitReply[]> {
    this.#assertReady();
    // Whether there is a server, only it can say.
    if (messages.length === 0) await this.#run(announceScript, [this.#listKey], []);
    const calls = messages.map(
      (message) => [this.#keysOf(message.circuit), encode(message)] as const,
    );
    const now = this.#time();
    const generation = crypto.randomUUID();
    const answers = await Promise.all([
      ...calls.map(([keys, message]) =>
        this.#run(exchangeScript, keys, [message, generation, this.#channel, now]),
      ),
      this.#announce(messages.map(({ circuit }) => circuit).filter((name) => this.#isDue(name))),
    ]);
    const replies = answers.slice(0, messages.length).map(parseReply);
    await this.#noteListed(replies);
    return replies;
  }

  async subscribe(listener: (change: Change) => void): Promise<() => Promise<void>> {
    let ended = false;
    const end = await this.#connection.subscribe(this.#channel, (text) => {
      // What the connection has received before it ended may still come.
      if (!ended) listener(parseNotice(text));
    });
    return () => {
      ended = true;
      end();
      return Promise.resolve();
    };
  }

  async view(): Promise<readonly CircuitView[]> {
    this.#assertReady();
    const names = readNames(await this.#run(listScript, [this.#listKey], []));
    const now = this.#time();
    const views = await Promise.all(
      names.map(async (name) => {
        const answer = await this.#run(viewScript, this.#keysOf(name), [name, now]);
        // Nobody has spoken of it for so long that it was forgotten.
        return answer === null ? undefined : readView(answer, name);
      }),
    );
    return views.filter((view) => view !== undefined);
  }

  get #channel(): string {
    return `${this.#prefix}:changes`;
  }

  get #listKey(): string {
    return `${this.#prefix}:circuits`;
  }

  /** Throws where commands would wait for a connection that was lost. */
  #assertReady(): void {
    const { isReady } = this.#connection;
    if (this.#wasReady && !isReady) throw new NotConnectedError();
    this.#wasReady = isReady;
  }

  #time(): string {
    return this.#now === undefined ? '' : String(this.#now());
  }

  /** All in one slot of a cluster, by the part in braces. */
  #keysOf(circuit: string): string[] {
    if (!/^[^{}]+$/.test(circuit)) refuseOption('circuit', circuit, 'a name without braces');
    return keyNames.map((key) => `${this.#prefix}:{${circuit}}:${key}`);
  }

  async #run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    try {
      const answer = await runScript(this.#connection, script, keys, args);
      this.#wasReady = true;
      return answer;
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : '';
      if (!/HIGHWAY_MALFORMED|WRONGTYPE/.test(message)) throw cause;
      throw new MalformedStateError(`The store's state is damaged: ${message}`, { cause });
    }
  }

  #isDue(circuit: string): boolean {
    const listed = this.#listed.get(circuit);
    return listed === undefined || this.#clock.now() - listed.at > announceEveryMs;
  }

  async #announce(circuits: readonly string[]): Promise<void> {
    if (circuits.length === 0) return;
    await this.#run(announceScript, [this.#listKey], circuits);
    const at = this.#clock.now();
    for (const circuit of circuits) {
      this.#listed.set(circuit, { generation: this.#listed.get(circuit)?.generation ?? '', at });
    }
  }

  /** Lists again what a server that has lost its data no longer lists. */
  async #noteListed(replies: readonly CircuitReply[]): Promise<void> {
    const lost: string[] = [];
    for (const { circuit, version } of replies) {
      const listed = this.#listed.get(circuit);
      if (listed === undefined || listed.generation === version.generation) continue;
      if (listed.generation !== '') lost.push(circuit);
      this.#listed.set(circuit, { ...listed, generation: version.generation });
    }
    await this.#announce(lost);
  }
}

/** JSON has no infinity: a script would read it as something else. */
function encode(message: CircuitMessage): string {
  return JSON.stringify(message, (key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value)
      ? refuseOption(key, value, 'a finite number')
      : value,
  );
}
