import { describe, invalid } from '@highway/resilience/options';
import type { FleetState } from './store.ts';

/** What each event of a fleet says. */
export interface FleetEventDetails {
  /** There is a store again, or there is none any more. */
  status: { readonly status: 'connected' | 'degraded' };
  /** The fleet's state of a circuit, as this node has just learnt it. */
  stateChange: {
    readonly circuit: string;
    readonly oldState: FleetState;
    readonly newState: FleetState;
  };
  /** The store failed, did not answer, or holds damaged state. Calls are not concerned. */
  storeError: {
    readonly error: unknown;
    /** The circuit that it is about, where it is about one: it alone goes by its own rules. */
    readonly circuit?: string | undefined;
  };
}

/** The types of events. */
export type FleetEventType = keyof FleetEventDetails;

/** An event of a fleet. */
export type FleetEvent<Type extends FleetEventType = FleetEventType> = {
  [T in Type]: { readonly type: T } & FleetEventDetails[T];
}[Type];

type Listener = (event: never) => unknown;

const types: readonly unknown[] = ['status', 'stateChange', 'storeError'];

/** The listeners of a fleet. What one throws, or rejects with, is reported, and changes nothing. */
export class FleetEvents {
  readonly #listeners = new Map<unknown, Set<Listener>>();

  add<Type extends FleetEventType>(
    type: Type,
    listener: (event: FleetEvent<Type>) => void,
  ): () => void {
    if (!types.includes(type)) invalid('on', type, `one of ${types.join(', ')}`);
    if (typeof listener !== 'function') invalid('on', listener, 'a function');
    // An entry of its own, so that the same function added twice is removed once.
    const entry: Listener = (event) => listener(event);
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(entry));
    return () => {
      listeners.delete(entry);
    };
  }

  emit<Type extends FleetEventType>(type: Type, details: FleetEventDetails[Type]): void {
    // A copy: a listener may add others, which are for what happens later.
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        const heard = listener({ type, ...details } as never);
        // Of an async one nobody else would hear: as an unhandled rejection it would end the process.
        if (typeof heard === 'object' && heard !== null) Promise.resolve(heard).catch(report);
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
