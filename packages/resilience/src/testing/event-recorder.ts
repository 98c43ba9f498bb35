// The declarations name `Disposable`, which the `lib` of users may not have.
/// <reference lib="esnext.disposable" preserve="true" />
import type { EventDetails, EventType } from '../events.ts';
import { disposable } from '../support/dispose.ts';
import type { Policy, PolicyEvent } from '../policy.ts';

// An object, so that the compiler reports a missing type.
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

/** The result of `recordEvents`. Disposing it stops the recording and keeps the events. */
export interface EventRecording extends Disposable {
  /** The events of all the policies so far, in order. */
  readonly events: readonly PolicyEvent[];
  /** The types of the events, in order. */
  readonly types: readonly EventType[];
  /** The events of one type. */
  of<Type extends EventType>(type: Type): PolicyEvent<Type>[];
  /** Removes the events so far. */
  clear(): void;
  /** Stops the recording. */
  stop(): void;
}

/**
 * Records the events of policies, for assertions in tests.
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
