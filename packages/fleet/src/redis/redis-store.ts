import { invalid } from '@highway/resilience/options';
import { tryCircuit, allOrThrow, withoutDamaged, isDamaged } from '../support/damaged-circuits.ts';
import { MalformedStateError } from '../errors.ts';
import { withoutSecrets } from '../support/safe-error.ts';
import { isQuiet } from '../store.ts';
import type {
  Notice,
  CircuitMessage,
  CircuitReply,
  CircuitView,
  FleetStore,
  SubscriptionWatch,
  UnchangedReply,
} from '../store.ts';
import type { RedisConnection } from './connection.ts';
import { Gateway } from './gateway.ts';
import type { RunScript } from './gateway.ts';
import type { KeyCommands } from './key-commands.ts';
import { Listing } from './listing.ts';
import { resolveOptions } from './options.ts';
import type { RedisStoreOptions } from './options.ts';
import { ProcessMarks } from './process-marks.ts';
import type { FullView } from './read-answers.ts';
import { parseNotice, parseReply, readNames, readView } from './read-answers.ts';
import { announceScript, exchangeScript, listScript, viewScript } from './scripts.generated.ts';
import { unchangedReply, Versions } from './versions.ts';

const keyNames = ['state', 'members', 'votes', 'totals', 'slots', 'buckets', 'version'];

/**
 * Keeps a fleet's circuits in Redis (6.2 or later) or Valkey, on a single server or a cluster.
 *
 * An exchange is one round trip: one script for each circuit in which something happens, and one plain
 * command for all quiet circuits together (in a cluster, one for each), all sent at once. If a quiet
 * circuit has news, its script is a second round trip. Each script is atomic and uses the server's clock.
 * Only masters are asked, also if the client reads from replicas. A circuit without messages for 7 days is
 * deleted.
 *
 * While the client has no connection, every operation rejects at once: the store never uses the client's
 * offline queue, which would send requests when they are out of date. If the server has become a replica,
 * the store makes the client reconnect, at most every few seconds.
 *
 * With the prefix `highway`, a user of the server needs only these permissions:
 *
 *     ACL SETUSER fleet on >password resetchannels &highway:notices ~highway:*
 *       +eval +evalsha +time +mget +set +exists +del +pexpire +hget +hgetall +hmget +hset +hdel +hlen +hvals
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
  readonly #versions: Versions;
  readonly #marks: ProcessMarks;
  readonly #prefix: string;
  readonly #now: (() => number) | undefined;
  /** Functions that end the subscriptions, whose server may no longer be the right one. */
  readonly #subscriptions = new Set<(error: unknown) => void>();

  /** Throws a `TypeError` that names the option if one is invalid or unknown. */
  constructor(options: RedisStoreOptions) {
    const { connection, prefix, clock, now } = resolveOptions(options);
    this.#connection = connection;
    this.#gateway = new Gateway(connection, clock, (error) => {
      for (const lose of this.#subscriptions) lose(error);
    });
    this.#listing = new Listing(clock);
    this.#versions = new Versions(connection.isCluster);
    this.#marks = new ProcessMarks(prefix, now);
    this.#prefix = prefix;
    this.#now = now;
  }

  exchange(
    messages: readonly CircuitMessage[],
    signal?: AbortSignal,
  ): Promise<readonly (CircuitReply | UnchangedReply)[]> {
    return this.#gateway.use(signal, async (run, commands) => {
      // Without circuits, still ask the server, to find out whether it can be reached.
      if (messages.length === 0) await run(announceScript, [this.#listKey], []);
      const calls = messages.map((message) => this.#call(message, run));
      const quiet = calls.filter(({ message }) => isQuiet(message));
      const full = calls.filter(({ message }) => !isQuiet(message));
      const [first, quietReplies, evicted, live] = await Promise.all([
        Promise.all(full.map((call) => call.merge())),
        this.#askQuietly(commands, quiet),
        this.#evictedOf(run, commands, quiet),
        this.#marks.put(commands, messages),
        this.#announce(run, this.#listing.due(full.map(({ message }) => message.circuit))),
      ]);
      const isUnchanged = ({ message }: ExchangeCall, i: number): boolean =>
        quietReplies[i] !== undefined && evicted[i] !== true && live.has(message.member);
      const moved = quiet.filter((call, i) => !isUnchanged(call, i));
      const second = await Promise.all(moved.map((call) => call.merge()));
      await this.#announce(run, [
        ...this.#listing.due(moved.map(({ message }) => message.circuit)),
        ...this.#listing.replied(withoutDamaged([...first, ...second])),
      ]);
      const merged = new Map(
        [...full, ...moved].map((call, i) => [call, [...first, ...second][i]!]),
      );
      const unchanged = new Map(quiet.map((call, i) => [call, quietReplies[i]]));
      return allOrThrow(calls.map((call) => merged.get(call) ?? unchanged.get(call)!));
    });
  }

  async subscribe(
    listener: (notice: Notice) => void,
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
    const onMessage = (message: unknown): void => {
      // Messages that arrived before the end may still come.
      if (!ended) listener(parseNotice(message));
    };
    const resumed = (): void => watch?.resumed();
    try {
      close = await this.#connection.subscribe(
        this.#channel,
        onMessage,
        watch && { lost, resumed },
      );
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
    return this.#gateway.use(signal, async (run, commands) => {
      const names = readNames(await run(listScript, [this.#listKey], []));
      const now = this.#time();
      const asked = await Promise.all(
        names.map((name) =>
          tryCircuit(name, async () => {
            if (!isName(name)) throw new MalformedStateError('the name is invalid');
            const answer = await run(viewScript, this.#keysOf(name), [name, now]);
            // The circuit was deleted after 7 days without messages.
            return answer === null ? undefined : readView(answer, name);
          }),
        ),
      );
      const views = asked.filter((view) => view !== undefined);
      const members = withoutDamaged(views).flatMap(({ view }) => view.memberIds);
      const live = await this.#marks.live(commands, [...new Set(members)]);
      return allOrThrow(views.map((view) => (isDamaged(view) ? view : liveView(view, live))));
    });
  }

  get #channel(): string {
    return `${this.#prefix}:notices`;
  }

  get #listKey(): string {
    return `${this.#prefix}:circuits`;
  }

  #time(): string {
    return this.#now === undefined ? '' : String(this.#now());
  }

  /** The keys of a circuit: the part in braces puts them in one hash slot of a cluster. */
  #keysOf(circuit: string): string[] {
    return keyNames.map((key) => this.#keyOf(circuit, key));
  }

  #keyOf(circuit: string, key: string): string {
    return `${this.#prefix}:{${circuit}}:${key}`;
  }

  /** A message, and how to make the server merge it. */
  #call(message: CircuitMessage, run: RunScript): ExchangeCall {
    // Quiet messages are hardly ever sent, but those that no script could read must be rejected first.
    const encoded = isQuiet(message) ? undefined : encode(message);
    checkName(message.circuit);
    const merge = (): ReturnType<ExchangeCall['merge']> =>
      tryCircuit(message.circuit, async () => {
        const args = [encoded ?? encode(message), newGeneration(), this.#channel, this.#time()];
        return parseReply(await run(exchangeScript, this.#keysOf(message.circuit), args));
      });
    return { message, merge };
  }

  /** Says now and then which quiet circuits the server no longer has; lists them again if need be. */
  async #evictedOf(
    run: RunScript,
    commands: KeyCommands,
    calls: readonly ExchangeCall[],
  ): Promise<readonly boolean[]> {
    const circuits = calls.map(({ message }) => message.circuit);
    if (!this.#listing.isCheckDue(circuits)) return [];
    const [evicted] = await Promise.all([
      // The other keys of a quiet circuit are empty, or make no difference to it.
      this.#versions.evicted(
        commands,
        circuits.map((circuit) => this.#keysOf(circuit).slice(0, 2)),
      ),
      this.#isListed(commands, this.#listing.pick(circuits)).then((listed) =>
        listed ? undefined : this.#announce(run, circuits),
      ),
    ]);
    return evicted;
  }

  async #isListed(commands: KeyCommands, circuit: string): Promise<boolean> {
    try {
      return (await commands.score(this.#listKey, circuit)) !== null;
    } catch (error) {
      // Only operators need the list, and `view` reports the damage.
      if (!isDamaged(error)) throw error;
      return true;
    }
  }

  /** Asks whether quiet circuits have news; `undefined` for those that have. */
  async #askQuietly(
    commands: KeyCommands,
    calls: readonly ExchangeCall[],
  ): Promise<readonly (UnchangedReply | undefined)[]> {
    const keys = calls.map(({ message }) => this.#keyOf(message.circuit, 'version'));
    const texts = await this.#versions.read(commands, keys);
    return calls.map(({ message }, i) => unchangedReply(message, texts[i]));
  }

  async #announce(run: RunScript, circuits: readonly string[]): Promise<void> {
    if (circuits.length === 0) return;
    try {
      await run(announceScript, [this.#listKey], circuits);
    } catch (error) {
      // Only operators need the list, and `view` reports the damage.
      if (!isDamaged(error)) throw error;
    }
    this.#listing.note(circuits);
  }
}

/** A message of an exchange. */
interface ExchangeCall {
  readonly message: CircuitMessage;
  /** Makes the server merge it. */
  merge(): Promise<CircuitReply | MalformedStateError>;
}

/** A view with only those members whose process is live. */
function liveView({ view, voterIds }: FullView, live: ReadonlySet<string>): CircuitView {
  const memberIds = view.memberIds.filter((id) => live.has(id));
  const votes = voterIds.filter((id) => live.has(id)).length;
  return { ...view, memberIds, members: memberIds.length, votes };
}

/** The id of a new record: short, because it is read with each version. */
function newGeneration(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return String.fromCharCode(...bytes.map((byte) => 97 + (byte % 26)));
}

function checkName(circuit: string): void {
  if (!isName(circuit)) invalid('circuit', circuit, 'a name without braces');
}

function isName(circuit: string): boolean {
  return /^[^{}]+$/.test(circuit);
}

/** Encodes a message. JSON has no infinity: a script would read it as something else. */
function encode(message: CircuitMessage): string {
  return JSON.stringify(message, (key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value)
      ? invalid(key, value, 'a finite number')
      : value,
  );
}
