import type { Clock } from '@highway/resilience';
import { NoticesLostError } from './errors.ts';
import { NoticeCheck } from './notice-check.ts';
import type { Notice, FleetStore, UnchangedReply, Version } from './store.ts';
import type { TimeLimit } from './support/time-limit.ts';

/** What the notices go to. */
export interface NoticeHost {
  noticed(notice: Notice): void;
  /** Some notices may have been lost. */
  missed(): void;
  /** Subscribing failed, or notices were lost. */
  failed(error: unknown): void;
}

/** The rules of a subscription. */
export interface NoticeRules {
  readonly store: FleetStore;
  readonly clock: Clock;
  readonly limit: TimeLimit;
}

/** A subscription of the store. */
interface Subscription {
  readonly unsubscribe: () => Promise<void>;
}

/**
 * Keeps a node subscribed to its store. Subscribes again if the store says that the subscription is lost,
 * and if a sync finds that notices are missing.
 */
export class Notices {
  readonly #rules: NoticeRules;
  readonly #host: NoticeHost;
  readonly #check = new NoticeCheck();
  #current: Subscription | undefined = undefined;
  #subscribing = false;
  #running = false;
  /** Whether the node was subscribed before: it may have missed notices since. */
  #listened = false;

  constructor(rules: NoticeRules, host: NoticeHost) {
    this.#rules = rules;
    this.#host = host;
  }

  /** Subscribes. Resolves when the subscription is active or has failed. */
  start(): Promise<void> {
    this.#running = true;
    return this.#subscribe();
  }

  /** Subscribes again if there is no subscription, or if it delivers no notices. */
  keep(): void {
    if (this.#check.isOverdue(this.#rules.clock.now())) {
      const error = new NoticesLostError('Notices of the store were lost: subscribing again');
      void this.#end(this.#current);
      this.#lost(error);
    } else if (this.#current === undefined) {
      void this.#subscribe();
    }
  }

  /** Called with the reply of a sync; `before` is the version that the node's message named. */
  replied(notice: Notice, before: Version): void {
    if (this.#current !== undefined) this.#check.replied(notice, before, this.#rules.clock.now());
  }

  /** Called with the reply that nothing has changed. */
  unchanged({ circuit }: UnchangedReply): void {
    if (this.#current !== undefined) this.#check.follow(circuit);
  }

  /** Called when the store was unreachable: notices may have been lost meanwhile. */
  interrupted(): void {
    this.#check.restart();
  }

  /** Called with a notice that has been validated. */
  heard(notice: Notice): void {
    this.#check.heard(notice);
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
    let lostBecause: unknown = undefined;
    let granted: Subscription | undefined;
    const asked = this.#listen((error) => {
      lostBecause = error;
      if (granted !== undefined && granted === this.#current) this.#lost(error);
    });
    try {
      granted = { unsubscribe: await this.#rules.limit.wait(asked) };
      if (lostBecause !== undefined) throw lostBecause as Error;
      this.#check.restart();
      this.#current = granted;
      // `stop` may have been called before the subscription was there.
      if (!this.#running) await this.#end(granted);
      else if (this.#listened) this.#host.missed();
      this.#listened = true;
    } catch (error) {
      // The sync still works without notices; the next one tries to subscribe again.
      asked.then((unsubscribe) => unsubscribe()).catch(ignore);
      if (this.#running) this.#host.failed(error);
    } finally {
      this.#subscribing = false;
    }
  }

  async #listen(lost: (error: unknown) => void): Promise<() => Promise<void>> {
    return this.#rules.store.subscribe(
      (notice) => {
        if (this.#running) this.#host.noticed(notice);
      },
      {
        lost: (cause) => {
          lost(new NoticesLostError('The subscription to the store was lost', { cause }));
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
      // Notices that still come are ignored.
    }
  }
}

function ignore(): void {
  // Errors do not matter here.
}
