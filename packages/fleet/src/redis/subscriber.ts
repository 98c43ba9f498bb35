import type { Clock } from '@highway/resilience';
import { StoreTimeoutError } from '../errors.ts';
import type { SubscriptionWatch } from '../store.ts';
import { TimeLimit, unref } from '../time-limit.ts';

/** How long it may take to hear a channel, in ms. A fleet tries again by itself. */
const subscribeTimeoutMs = 5000;
/** How often a connection that only listens is asked whether it is still there, and for how long. */
const pingEveryMs = 2000;
const pingTimeoutMs = 2000;

/** A connection of its own, in the making. */
export interface Subscriber {
  /** Whether it is connected now. */
  readonly isReady: boolean;
  /** Resolves when it hears the channel. */
  listen(): Promise<unknown>;
  /** Asks the server for a sign of life over the connection that listens; absent where it can't. */
  readonly ping?: () => Promise<unknown>;
  /** Calls back when it fails. It may try again by itself, for ever. */
  onError(failed: (error: unknown) => void): void;
  /** Calls back whenever it is connected. */
  onReady(ready: () => void): void;
  end(): void;
}

/**
 * Waits until a subscriber hears its channel. At the first failure it is ended: a client that goes
 * on trying would outlive whoever has given up waiting for it. Later it mends itself where it learns
 * that its connection is lost; a connection that was dropped without a word is found by asking.
 */
export async function openSubscriber(
  subscriber: Subscriber,
  clock: Clock,
  watch?: SubscriptionWatch,
): Promise<() => void> {
  const listening = new Promise((resolve, reject) => {
    // It is heard for as long as the subscriber lives, since errors without a listener end a process.
    subscriber.onError(reject);
    subscriber.listen().then(resolve, reject);
  });
  try {
    await new TimeLimit(clock, subscribeTimeoutMs).wait(listening);
  } catch (error) {
    subscriber.end();
    throw error;
  }
  const stopAsking = watchOver(subscriber, clock, watch);
  return () => {
    stopAsking();
    subscriber.end();
  };
}

/**
 * Tells how a subscriber fares; gives what ends that. To be asked keeps its connection from looking
 * idle to what stands in between, too.
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
  const askLater = (): void => {
    if (ended) return;
    timer = clock.setTimeout(ask, pingEveryMs);
    unref(timer);
  };
  const ask = (): void => {
    // While it connects it can't hear, and knows it.
    if (subscriber.ping === undefined || !subscriber.isReady) {
      askLater();
      return;
    }
    limit.wait(subscriber.ping()).then(askLater, (error: unknown) => {
      // Any other error is an answer, too.
      if (watch === undefined || ended || !(error instanceof StoreTimeoutError)) {
        askLater();
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
  ask();
  return end;
}
