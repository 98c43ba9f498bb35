import type { Clock } from '@highway/resilience';
import { NoticesLostError } from './errors.ts';
import { NoticeCheck } from './notice-check.ts';
import type { Change, FleetStore, Version } from './store.ts';
import type { TimeLimit } from './time-limit.ts';

/** Whom a node's notices are for. */
export interface NoticeHost {
  noticed(change: Change): void;
  /** Some may have been missed. */
  missed(): void;
  /** The store can't be listened to, or has told nothing of what happened. */
  failed(error: unknown): void;
}

/** What a node listens by. */
export interface NoticeRules {
  readonly store: FleetStore;
  readonly clock: Clock;
  readonly limit: TimeLimit;
}

/** A subscription that the store has granted. */
interface Subscription {
  readonly unsubscribe: () => Promise<void>;
}

/**
 * Keeps a node listening to its store: listens anew where the store says that it doesn't tell any
 * more, and where a sync finds that it doesn't although it never said so.
 */
export class Notices {
  readonly #rules: NoticeRules;
  readonly #host: NoticeHost;
  readonly #check = new NoticeCheck();
  #current: Subscription | undefined = undefined;
  #subscribing = false;
  #running = false;
  /** Whether the node has listened before: then it may have missed something since. */
  #listened = false;

  constructor(rules: NoticeRules, host: NoticeHost) {
    this.#rules = rules;
    this.#host = host;
  }

  /** Begins to listen; resolves when it does, or when that has failed. */
  start(): Promise<void> {
    this.#running = true;
    return this.#subscribe();
  }

  /** Listens anew where it doesn't, or in vain. */
  keep(): void {
    if (this.#check.isOverdue(this.#rules.clock.now())) {
      const error = new NoticesLostError('The store did not tell what happened: listening anew');
      void this.#end(this.#current);
      this.#lost(error);
    } else if (this.#current === undefined) {
      void this.#subscribe();
    }
  }

  /** A sync says where a circuit stands; the node knew the version `before` when it asked. */
  learnt(change: Change, before: Version): void {
    if (this.#current !== undefined) this.#check.learnt(change, before, this.#rules.clock.now());
  }

  /** The store could not be asked: what happened meanwhile may not have been told either. */
  interrupted(): void {
    this.#check.restart();
  }

  /** A change that has been read is told. */
  heard(change: Change): void {
    this.#check.heard(change);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#end(this.#current);
  }

  #lost(error: unknown): void {
    this.#current = undefined;
    this.#check.restart();
    if (!this.#running) return;
    this.#host.failed(error);
    void this.#subscribe();
  }

  async #subscribe(): Promise<void> {
    if (this.#subscribing) return;
    this.#subscribing = true;
    let over: unknown = undefined;
    let granted: Subscription | undefined;
    const asked = this.#listen((error) => {
      over = error;
      if (granted !== undefined && granted === this.#current) this.#lost(error);
    });
    try {
      granted = { unsubscribe: await this.#rules.limit.wait(asked) };
      if (over !== undefined) throw over as Error;
      this.#check.restart();
      this.#current = granted;
      // It may have come too late for `stop` to see it.
      if (!this.#running) await this.#end(granted);
      else if (this.#listened) this.#host.missed();
      this.#listened = true;
    } catch (error) {
      // Without notices there is still the sync; the next one tries again.
      asked.then((unsubscribe) => unsubscribe()).catch(ignore);
      if (this.#running) this.#host.failed(error);
    } finally {
      this.#subscribing = false;
    }
  }

  async #listen(lost: (error: unknown) => void): Promise<() => Promise<void>> {
    return this.#rules.store.subscribe(
      (change) => {
        if (this.#running) this.#host.noticed(change);
      },
      {
        lost: (cause) => {
          lost(new NoticesLostError('The store does not tell what happens any more', { cause }));
        },
        resumed: () => {
          this.#check.restart();
          if (this.#running) this.#host.missed();
        },
      },
    );
  }

  async #end(subscription: Subscription | undefined): Promise<void> {
    if (this.#current === subscription) this.#current = undefined;
    try {
      if (subscription !== undefined) await this.#rules.limit.wait(subscription.unsubscribe());
    } catch {
      // What still comes is not heard any more.
    }
  }
}

function ignore(): void {
  // It is only waited for.
}
