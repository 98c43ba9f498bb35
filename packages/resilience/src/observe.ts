import { addObserver, eventTypes, namedPolicies } from './events.ts';
import type { AnyListener, EventType, Observer } from './events.ts';
import type { Policy, PolicyEventListener } from './policy.ts';
import { invalid, isCallback, readOptions } from './support/options.ts';

/** Options of `observe`. */
export interface ObserveOptions {
  /** The types of events to listen to. Events of other types cost nothing. Default: all. */
  readonly types?: readonly EventType[] | undefined;
}

const observeReaders = {
  types: (option: string, value: unknown): ReadonlySet<EventType> | undefined => {
    if (value === undefined) return undefined;
    const allowed = `an array of ${eventTypes.join(', ')}`;
    if (!Array.isArray(value) || value.length === 0) return invalid(option, value, allowed);
    for (const type of value as unknown[]) {
      if (!eventTypes.includes(type as string)) invalid(option, type, allowed);
    }
    return new Set(value as EventType[]);
  },
};

/**
 * Listens to the events of every named policy of the process, now and in the future. Returns a function
 * that removes the listener. Errors that `listener` throws are reported and change nothing.
 */
export function observe<Type extends EventType>(
  listener: PolicyEventListener<Type>,
  options: { readonly types: readonly Type[] },
): () => void;
/**
 * Listens to the events of every named policy of the process: to all types, or to types that are not
 * known at compile time. Returns a function that removes the listener.
 */
export function observe(listener: PolicyEventListener, options?: ObserveOptions): () => void;
export function observe(listener: AnyListener, options: ObserveOptions = {}): () => void {
  if (!isCallback(listener)) invalid('observe', listener, 'a function');
  const read = readOptions('observe', options, observeReaders);
  // The result is passed on, so that the rejection of an asynchronous listener is reported, too.
  const observer: Observer = { tell: (event) => listener(event), types: read.types };
  return addObserver(observer);
}

/** All named policies of the process. They are held weakly. */
export function policies(): Policy[] {
  return namedPolicies() as Policy[];
}
