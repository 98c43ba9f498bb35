import type { Clock } from '@highway/resilience';
import { StoreTimeoutError } from '../errors.ts';
import type { SubscriptionWatch } from '../store.ts';
import { TimeLimit, unref } from '../support/time-limit.ts';

/** How long subscribing may take, in ms. The fleet tries again by itself. */
const subscribeTimeoutMs = 5000;
/** How often to ping a connection that only listens, and how long it may take to answer. */
const pingEveryMs = 2000;
const pingTimeoutMs = 2000;

/** A separate connection for a channel. */
export interface Subscriber {
  /** Whether it is connected now. */
  readonly isReady: boolean;
  /** Resolves when it is subscribed to the channel. */
  listen(): Promise<unknown>;
  /** Pings the server on the listening connection; absent if the client cannot. */
  readonly ping?: () => Promise<unknown>;
  /** Adds a listener for failures. The client may retry by itself, for ever. */
  onError(failed: (error: unknown) => void): void;
  /** Adds a listener for connections. */
  onReady(ready: () => void): void;
  end(): void;
}

/**
 * Waits until a subscriber listens on its channel. Ends it at the first failure: a client that keeps
 * trying would outlive the caller that gave up. Later, the client reconnects by itself when it notices that
 * its connection is lost; pings find a connection that broke silently.
 */
export async function openSubscriber(
  subscriber: Subscriber,
  clock: Clock,
  watch?: SubscriptionWatch,
): Promise<() => void> {
  const listening = new Promise((resolve, reject) => {
    // This listener stays for the subscriber's lifetime: an error without a listener ends the process.
    subscriber.onError(reject);
    subscriber.listen().then(resolve, reject);
  });
  try {
    await new TimeLimit(clock, subscribeTimeoutMs).wait(listening);
  } catch (error) {
    subscriber.end();
    throw error;
  }
  const stopPinging = watchOver(subscriber, clock, watch);
  return () => {
    stopPinging();
    subscriber.end();
  };
}

/**
 * Reports lost and resumed subscriptions; returns a function that stops that. The pings also keep load
 * balancers from dropping the connection as idle.
 */
function watchOver(
  subscriber: Subscriber,
  clock: Clock,
  watch: SubscriptionWatch | undefined,
): () => void {
  const limit = new TimeLimit(clock, pingTimeoutMs);
  let timer: unknown;
  let ended = false;
  const end = (): void => {
    ended = true;
    clock.clearTimeout(timer);
    limit.giveUp();
  };
  const pingLater = (): void => {
    if (ended) return;
    timer = clock.setTimeout(ping, pingEveryMs);
    unref(timer);
  };
  const ping = (): void => {
    // While it is connecting, the client knows that it is not subscribed.
    if (subscriber.ping === undefined || !subscriber.isReady) {
      pingLater();
      return;
    }
    limit.wait(subscriber.ping()).then(pingLater, (error: unknown) => {
      // Any other error is an answer as well.
      if (watch === undefined || ended || !(error instanceof StoreTimeoutError)) {
        pingLater();
        return;
      }
      end();
      subscriber.end();
      watch.lost(error);
    });
  };
  subscriber.onReady(() => {
    if (!ended) watch?.resumed();
  });
  ping();
  return end;
}
