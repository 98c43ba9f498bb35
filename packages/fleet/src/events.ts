import { describe, invalid } from '@highway/resilience/options';
import type { FleetState } from './store.ts';

/** The details of each type of event. */
export interface FleetEventDetails {
  /** The store can be reached again, or can no longer be reached. */
  status: { readonly status: 'connected' | 'degraded' };
  /** This node learned that a circuit of the fleet changed state. */
  stateChange: {
    readonly circuit: string;
    readonly oldState: FleetState;
    readonly newState: FleetState;
  };
  /** The store failed, did not answer, or holds damaged state. Calls are not affected. */
  storeError: {
    readonly error: unknown;
    /** The circuit, if only one is affected: its breaker works on its own. */
    readonly circuit?: string | undefined;
  };
}

/** The types of events of a fleet. */
export type FleetEventType = keyof FleetEventDetails;

/** An event of a fleet. */
export type FleetEvent<Type extends FleetEventType = FleetEventType> = {
  [T in Type]: { readonly type: T } & FleetEventDetails[T];
}[Type];

type Listener = (event: never) => unknown;

const types: readonly unknown[] = ['status', 'stateChange', 'storeError'];

/** The listeners of a fleet. An error that one throws or rejects with is reported and affects nothing. */
export class FleetEvents {
  readonly #listeners = new Map<unknown, Set<Listener>>();

  add<Type extends FleetEventType>(
    type: Type,
    listener: (event: FleetEvent<Type>) => void,
  ): () => void {
    if (!types.includes(type)) invalid('on', type, `one of ${types.join(', ')}`);
    if (typeof listener !== 'function') invalid('on', listener, 'a function');
    // A function of its own, so that removing one of two equal listeners leaves the other.
    const entry: Listener = (event) => listener(event);
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(entry));
    return () => {
      listeners.delete(entry);
    };
  }

  emit<Type extends FleetEventType>(type: Type, details: FleetEventDetails[Type]): void {
    // A copy: listeners added by a listener hear only later events.
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        const result = listener({ type, ...details } as never);
        // An unhandled rejection of an async listener would end the process.
        if (typeof result === 'object' && result !== null) Promise.resolve(result).catch(report);
      } catch (error) {
        report(error);
      }
    }
  }
}

function report(error: unknown): void {
  const { reportError, process } = globalThis as {
    reportError?: (error: unknown) => void;
    process?: { emitWarning?: (warning: unknown) => void };
  };
  if (typeof reportError === 'function') reportError(error);
  else process?.emitWarning?.(error instanceof Error ? error : describe(error));
}
