import type { CircuitState, TransitionCause } from './circuit-state.ts';
import { wallNow } from './clock.ts';
import type { Clock } from './clock.ts';
import { isCallback, readOptions, invalid } from './internal/options.ts';
import { warn } from './internal/warn.ts';
import { quietly } from './internal/rejection.ts';
import type { Policy } from './policy.ts';

/** What every event says. */
export interface EventBase<Type extends string = string> {
  readonly type: Type;
  /** The policy that it happened to. */
  readonly policy: Policy;
  /** Its name; `undefined` where it has none. */
  readonly policyName: string | undefined;
  /** When, in milliseconds since the epoch. */
  readonly at: number;
  /**
   * Which call it happened to: the same in all events of one call, of whatever policies and attempts,
   * and of no other call of the process. `undefined` where it happened to none, as a change of state.
   */
  readonly callId?: number | undefined;
}

/** A call as its events know it; asked only where somebody listens. */
export interface Identified {
  readonly callId?: number | undefined;
  /** How long it waited for the policy, in ms. */
  readonly waited?: number | undefined;
}

/** What an event says about an attempt that has ended. */
export interface OutcomeEvent {
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** How long it took, in ms; `undefined` where nobody listened yet when it began. */
  readonly duration: number | undefined;
  /**
   * How long it waited before that for a place or a permit, in ms; `undefined` where the policy lets
   * nobody wait.
   */
  readonly waited?: number | undefined;
}

/** What each type of event says beside `EventBase`. */
export interface EventDetails {
  /** An attempt ended well, as the policy judges it. */
  success: OutcomeEvent;
  /** An attempt ended badly, as the policy judges it: by an error, or by a value. */
  failure: OutcomeEvent & { readonly error?: unknown; readonly value?: unknown };
  /** A call waits for a place or a permit of the policy. */
  queued: { readonly attempt: number };
  /** The policy refused to run a call. */
  rejected: { readonly error: unknown };
  /** A circuit breaker changed its state; the window is the one that it was judged by. */
  stateChange: {
    readonly oldState: CircuitState;
    readonly newState: CircuitState;
    readonly cause: TransitionCause;
    readonly window: {
      readonly length: number;
      readonly successCount: number;
      readonly failureCount: number;
      readonly failureRate: number;
    };
  };
  /** A retry is to follow: the attempt that failed, and the wait in ms before the next. */
  retry: { readonly attempt: number; readonly delay: number; readonly error?: unknown };
  /** A timeout gave an attempt up. */
  timeout: { readonly attempt: number; readonly timeoutMs: number };
  /** A hedge started one more attempt. */
  hedge: { readonly attempt: number };
  /** A fallback answered for a call. */
  fallback: { readonly error?: unknown };
  /** A cache answered, with a value that is fresh or (after an error) stale. */
  cacheHit: { readonly key: unknown; readonly stale: boolean };
  /** A call joined one that is under way for the same key. */
  coalesced: { readonly key: unknown };
  /** Chaos was injected. */
  injected: { readonly kind: 'fault' | 'latency' | 'result' };
}

/** The types of events. */
export type EventType = keyof EventDetails;

/** An event of a policy. */
export type PolicyEvent<Type extends EventType = EventType> = {
  [T in Type]: EventBase<T> & EventDetails[T];
}[Type];

/** Hears events. What it throws is reported, and changes nothing. */
export type PolicyEventListener<Type extends EventType = EventType> = (
  event: PolicyEvent<Type>,
) => void;

const types: readonly string[] =
  'success failure queued rejected stateChange retry timeout hedge fallback cacheHit coalesced injected'.split(
    ' ',
  );

type AnyListener = (event: never) => void;

/** Somebody who hears the events of every named policy. */
interface Observer {
  readonly tell: AnyListener;
  /** Of which types; `undefined` for all. */
  readonly types: ReadonlySet<EventType> | undefined;
}

const observers = new Set<Observer>();
/** What the observers hear, together. */
const observed = new Set<EventType>();
const named = new Set<WeakRef<Policy>>();
/** The newest policy of each kind and name. */
const byName = new Map<string, WeakRef<Policy>>();
let forgotten: FinalizationRegistry<WeakRef<Policy>> | undefined;

/** Which events an observer hears. */
export interface ObserveOptions {
  /** Of these types alone: others cost nothing for its sake. Default: of all. */
  readonly types?: readonly EventType[] | undefined;
}

const observeReaders = {
  types: (option: string, value: unknown): ReadonlySet<EventType> | undefined => {
    if (value === undefined) return undefined;
    const allowed = `an array of ${types.join(', ')}`;
    if (!Array.isArray(value) || value.length === 0) return invalid(option, value, allowed);
    for (const type of value as unknown[]) {
      if (!types.includes(type as string)) invalid(option, type, allowed);
    }
    return new Set(value as EventType[]);
  },
};

/**
 * Hears the events of every named policy of the process, made before or after; with `types` those of
 * these types alone. Returns a function that stops it. What `listener` throws is reported, and
 * changes nothing.
 */
export function observe<Type extends EventType>(
  listener: PolicyEventListener<Type>,
  options: { readonly types: readonly Type[] },
): () => void;
/** The same for all types, or where the types may be missing. */
export function observe(listener: PolicyEventListener, options?: ObserveOptions): () => void;
export function observe(listener: AnyListener, options: ObserveOptions = {}): () => void {
  if (!isCallback(listener)) invalid('observe', listener, 'a function to tell');
  const read = readOptions('observe', options, observeReaders);
  // What an asynchronous listener gives is handed on, so that its rejection is reported too.
  const observer: Observer = { tell: (event) => listener(event), types: read.types };
  observers.add(observer);
  refreshAll();
  return () => {
    observers.delete(observer);
    refreshAll();
  };
}

function refreshAll(): void {
  observed.clear();
  for (const observer of observers) {
    for (const type of observer.types ?? (types as readonly EventType[])) observed.add(type);
  }
  for (const policy of policies()) policy.channel.refresh();
}

/** The named policies of the process that are alive. They are held weakly. */
export function policies(): Policy[] {
  const alive: Policy[] = [];
  for (const reference of named) {
    const policy = reference.deref();
    if (policy !== undefined) alive.push(policy);
  }
  return alive;
}

/** What went wrong: an error, or a value that a predicate took for a failure. */
interface Wrong {
  readonly error?: unknown;
  readonly value?: unknown;
}

/** What a policy emits its events through. Nothing is made while nobody listens. */
export class Channel {
  readonly policy: Policy;
  readonly policyName: string | undefined;
  readonly clock: Clock;
  /**
   * Whether anybody listens to what happens to calls: ask before such an event is made. A field,
   * because every call asks. A change of state is rare and is asked about by `hears`, so that
   * somebody who waits for one makes no call slower.
   */
  active = false;
  #listeners: Map<EventType, readonly AnyListener[]> | undefined = undefined;

  constructor(policy: Policy, policyName: string | undefined, clock: Clock) {
    this.policy = policy;
    this.policyName = policyName;
    this.clock = clock;
    if (policyName !== undefined) enlist(policy, policyName);
    this.refresh();
  }

  /** Listeners or observers came or went. */
  refresh(): void {
    const listeners = this.#listeners;
    const ofCalls =
      listeners !== undefined && listeners.size > Number(listeners.has('stateChange'));
    const observesCalls = observed.size > Number(observed.has('stateChange'));
    this.active = ofCalls || (observesCalls && this.policyName !== undefined);
  }

  /** Whether anybody listens to events of this type. */
  hears(type: EventType): boolean {
    return this.#isObserved(type) || this.#listeners?.has(type) === true;
  }

  #isObserved(type: EventType): boolean {
    return this.policyName !== undefined && observed.has(type);
  }

  /** Adds a listener; returns what removes it. */
  add(type: EventType, listener: AnyListener): () => void {
    if (!types.includes(type)) invalid('on', type, `one of ${types.join(', ')}`);
    if (!isCallback(listener)) invalid('on', listener, 'a function to tell');
    const listeners = (this.#listeners ??= new Map<EventType, readonly AnyListener[]>());
    // An entry of its own, so that the same function added twice is removed once.
    const entry: AnyListener = (event) => listener(event);
    listeners.set(type, [...(listeners.get(type) ?? []), entry]);
    this.refresh();
    return () => {
      const left = (listeners.get(type) ?? []).filter((other) => other !== entry);
      if (left.length > 0) listeners.set(type, left);
      else listeners.delete(type);
      if (listeners.size === 0 && this.#listeners === listeners) this.#listeners = undefined;
      this.refresh();
    };
  }

  /** How long ago a time was, in ms; `undefined` for `NaN`, where nobody had asked for it. */
  since(time: number): number | undefined {
    return Number.isNaN(time) ? undefined : this.clock.now() - time;
  }

  /** Tells how an attempt that began at this time ended: well, or with what went wrong. */
  ended(attempt: number, startedAt: number, wrong?: Wrong, call?: Identified): void {
    if (!this.active) return;
    const waited = call?.waited;
    const outcome = {
      attempt,
      duration: this.since(startedAt),
      ...(waited !== undefined && { waited }),
    };
    if (wrong === undefined) this.emit('success', outcome, call);
    else this.emit('failure', { ...outcome, ...wrong }, call);
  }

  /** Tells the policy's listeners, then the observers of the process. */
  emit<Type extends EventType>(type: Type, details: EventDetails[Type], call?: Identified): void {
    const listeners = this.#listeners?.get(type);
    const isObserved = this.#isObserved(type);
    if (listeners === undefined && !isObserved) return;
    const { policy, policyName } = this;
    const callId = call?.callId;
    const event = {
      type,
      policy,
      policyName,
      at: wallNow(this.clock),
      ...(callId !== undefined && { callId }),
      ...details,
    };
    if (listeners !== undefined) for (const listener of listeners) tell(listener, event);
    if (!isObserved) return;
    for (const observer of observers) {
      if (observer.types?.has(type) !== false) tell(observer.tell, event);
    }
  }
}

function enlist(policy: Policy, name: string): void {
  if (typeof WeakRef !== 'function') return;
  const reference = new WeakRef(policy);
  named.add(reference);
  const key = `${policy.constructor.name} "${name}"`;
  if (!replacing && byName.get(key)?.deref() !== undefined) {
    const why = 'events and errors do not tell them apart, and each has a state of its own';
    warn(
      'HIGHWAY_DUPLICATE_NAME',
      `There are several of ${key}: ${why}; keep one, or name them anew`,
    );
  }
  byName.set(key, reference);
  forgotten ??= new FinalizationRegistry((gone) => {
    named.delete(gone);
    for (const [each, newest] of byName) if (newest === gone) byName.delete(each);
  });
  forgotten.register(policy, reference);
}

let replacing = false;

/** Makes a policy that may take the place of one of the same name, which is let go of. */
export function replacingNamed<Made>(make: () => Made): Made {
  const before = replacing;
  replacing = true;
  try {
    return make();
  } finally {
    replacing = before;
  }
}

function tell(listener: AnyListener, event: unknown): void {
  quietly(listener as (event: unknown) => unknown, event);
}
