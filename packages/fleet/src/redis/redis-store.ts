import { invalid } from '@highway/resilience/options';
import { aboutCircuit, allOf, answeredOf, isDamaged } from '../damaged-circuits.ts';
import { MalformedStateError } from '../errors.ts';
import { withoutSecrets } from '../safe-error.ts';
import type {
  Change,
  CircuitMessage,
  CircuitReply,
  CircuitView,
  FleetStore,
  SubscriptionWatch,
} from '../store.ts';
import type { RedisConnection } from './connection.ts';
import { Gateway } from './gateway.ts';
import type { Run } from './gateway.ts';
import { Listing } from './listing.ts';
import { resolveOptions } from './options.ts';
import type { RedisStoreOptions } from './options.ts';
import { parseNotice, parseReply, readNames, readView } from './read-answers.ts';
import { announceScript, exchangeScript, listScript, viewScript } from './scripts.generated.ts';

const keyNames = ['state', 'members', 'votes', 'totals', 'places', 'buckets'];

/**
 * Keeps a fleet's circuits in Redis (6.2 or later) or Valkey, a single server or a cluster.
 *
 * An exchange is one round trip: a script for each circuit, all written at once. Every circuit is
 * atomic for itself, by the server's clock. What nobody speaks of for 7 days is forgotten.
 *
 * While the client has lost its connection, everything rejects at once, rather than reach the
 * server when it means nothing any more; nothing is put into the client's own queue. Where the server
 * says that it has become a replica, the client is asked to connect again, once in a while.
 *
 * A user of the server needs no more than this, for the prefix `highway`:
 *
 *     ACL SETUSER fleet on >password resetchannels &highway:changes ~highway:*
 *       +eval +evalsha +time +del +pexpire +hget +hgetall +hmget +hset +hdel +hlen +hvals
 *       +zadd +zrem +zcard +zscore +zrange +zrangebyscore +zremrangebyscore
 *       +sadd +srem +scard +smembers +sismember +publish +subscribe +ping
 *       +info +hello +client|setname +cluster|info +cluster|slots
 *
 * @example
 * const store = new RedisStore({ client: new Redis('redis://localhost:6379') });
 * const fleet = new Fleet({ store });
 */
export class RedisStore implements FleetStore {
  readonly #connection: RedisConnection;
  readonly #gateway: Gateway;
  readonly #listing: Listing;
  readonly #prefix: string;
  readonly #now: (() => number) | undefined;
  /** What ends each subscription because the server behind it may be another now. */
  readonly #subscriptions = new Set<(error: unknown) => void>();

  /** Throws a `TypeError` that names the option for any that is bad or unknown. */
  constructor(options: RedisStoreOptions) {
    const { connection, prefix, clock, now } = resolveOptions(options);
    this.#connection = connection;
    this.#gateway = new Gateway(connection, clock, (error) => {
      for (const lose of this.#subscriptions) lose(error);
    });
    this.#listing = new Listing(clock);
    this.#prefix = prefix;
    this.#now = now;
  }

  exchange(
    messages: readonly CircuitMessage[],
    signal?: AbortSignal,
  ): Promise<readonly CircuitReply[]> {
    return this.#gateway.talk(signal, async (run) => {
      // Whether there is a server, only it can say.
      if (messages.length === 0) await run(announceScript, [this.#listKey], []);
      const calls = messages.map(
        (message) => [message.circuit, this.#keysOf(message.circuit), encode(message)] as const,
      );
      const now = this.#time();
      const generation = crypto.randomUUID();
      const asked = calls.map(([circuit, keys, message]) =>
        aboutCircuit(circuit, async () =>
          parseReply(await run(exchangeScript, keys, [message, generation, this.#channel, now])),
        ),
      );
      const [replies] = await Promise.all([
        Promise.all(asked),
        this.#announce(run, this.#listing.due(messages.map(({ circuit }) => circuit))),
      ]);
      await this.#announce(run, this.#listing.heard(answeredOf(replies)));
      return allOf(replies);
    });
  }

  async subscribe(
    listener: (change: Change) => void,
    watch?: SubscriptionWatch,
  ): Promise<() => Promise<void>> {
    let ended = false;
    let close = (): void => undefined;
    const end = (): void => {
      ended = true;
      this.#subscriptions.delete(lost);
      close();
    };
    const lost = (error: unknown): void => {
      if (ended) return;
      end();
      watch?.lost(withoutSecrets(error));
    };
    const heard = (text: unknown): void => {
      // What the connection has received before it ended may still come.
      if (!ended) listener(parseNotice(text));
    };
    const resumed = (): void => watch?.resumed();
    try {
      close = await this.#connection.subscribe(this.#channel, heard, watch && { lost, resumed });
    } catch (error) {
      throw withoutSecrets(error) as Error;
    }
    if (watch !== undefined) this.#subscriptions.add(lost);
    return () => {
      end();
      return Promise.resolve();
    };
  }

  view(signal?: AbortSignal): Promise<readonly CircuitView[]> {
    return this.#gateway.talk(signal, async (run) => {
      const names = readNames(await run(listScript, [this.#listKey], []));
      const now = this.#time();
      const views = await Promise.all(
        names.map((name) =>
          aboutCircuit(name, async () => {
            if (!isName(name)) throw new MalformedStateError('no fleet has a circuit of that name');
            const answer = await run(viewScript, this.#keysOf(name), [name, now]);
            // Nobody has spoken of it for so long that it was forgotten.
            return answer === null ? undefined : readView(answer, name);
          }),
        ),
      );
      return allOf(views.filter((view) => view !== undefined));
    });
  }

  get #channel(): string {
    return `${this.#prefix}:changes`;
  }

  get #listKey(): string {
    return `${this.#prefix}:circuits`;
  }

  #time(): string {
    return this.#now === undefined ? '' : String(this.#now());
  }

  /** All in one slot of a cluster, by the part in braces. */
  #keysOf(circuit: string): string[] {
    if (!isName(circuit)) invalid('circuit', circuit, 'a name without braces');
    return keyNames.map((key) => `${this.#prefix}:{${circuit}}:${key}`);
  }

  async #announce(run: Run, circuits: readonly string[]): Promise<void> {
    if (circuits.length === 0) return;
    try {
      await run(announceScript, [this.#listKey], circuits);
    } catch (error) {
      // Operators alone need the list, and hear of it from `view`.
      if (!isDamaged(error)) throw error;
    }
    this.#listing.note(circuits);
  }
}

function isName(circuit: string): boolean {
  return /^[^{}]+$/.test(circuit);
}

/** JSON has no infinity: a script would read it as something else. */
function encode(message: CircuitMessage): string {
  return JSON.stringify(message, (key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value)
      ? invalid(key, value, 'a finite number')
      : value,
  );
}
