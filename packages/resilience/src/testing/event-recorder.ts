// Types that users compile name `Disposable`, which their own `lib` may leave out.
/// <reference lib="esnext.disposable" preserve="true" />
import type { EventDetails, EventType, PolicyEvent } from '../events.ts';
import { disposable } from '../internal/dispose.ts';
import type { Policy } from '../policy.ts';

// An object, so that the compiler says when a type of event is missing.
const everyType: Record<EventType, true> = {
  success: true,
  failure: true,
  queued: true,
  rejected: true,
  stateChange: true,
  retry: true,
  timeout: true,
  hedge: true,
  fallback: true,
  cacheHit: true,
  coalesced: true,
  injected: true,
};

/** What `recordEvents` gives. Disposing it ends the recording; what it holds stays. */
export interface EventRecording extends Disposable {
  /** The events so far, in the order in which they came, of all the policies together. */
  readonly events: readonly PolicyEvent[];
  /** Their types. */
  readonly types: readonly EventType[];
  /** Those of one type. */
  of<Type extends EventType>(type: Type): PolicyEvent<Type>[];
  /** Forgets what came so far. */
  clear(): void;
  /** Ends the recording. */
  stop(): void;
}

/**
 * Records every event of the policies from now on, for a test to look at.
 *
 * @example
 * const recording = recordEvents(retry, breaker);
 * await failsafe.execute(work);
 * expect(recording.types).toEqual(['failure', 'retry', 'success', 'success']);
 */
export function recordEvents(...policies: readonly Policy<unknown>[]): EventRecording {
  const events: PolicyEvent[] = [];
  const removers = policies.flatMap((policy) =>
    (Object.keys(everyType) as (keyof EventDetails)[]).map((type) =>
      policy.on(type, (event) => {
        events.push(event);
      }),
    ),
  );
  const stop = (): void => {
    for (const remove of removers) remove();
  };
  return {
    events,
    get types() {
      return events.map(({ type }) => type);
    },
    of: <Type extends EventType>(type: Type) =>
      events.filter((event) => event.type === type) as PolicyEvent<Type>[],
    clear: () => {
      events.length = 0;
    },
    stop,
    ...disposable(stop),
  };
}
