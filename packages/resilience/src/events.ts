import type { CircuitState, TransitionCause } from './values/circuit-state.ts';
import { wallNow } from './seams/clock.ts';
import type { Clock } from './seams/clock.ts';
import { isCallback, invalid } from './support/options.ts';
import { warn } from './support/warn.ts';
import { quietly } from './support/quietly.ts';

/** What the events of a call have in common. Read only if somebody listens. */
export interface CallDetails {
  readonly callId?: number | undefined;
  /** How long the call waited in the policy's queue, in ms. */
  readonly waited?: number | undefined;
}

/** The details of `success` and `failure` events: an attempt has ended. */
export interface OutcomeEvent {
  /** The number of the attempt; the first is 1. */
  readonly attempt: number;
  /** How long the attempt took, in ms; `undefined` if nobody listened when it started. */
  readonly duration: number | undefined;
  /**
   * How long the attempt waited in the policy's queue before that, in ms; `undefined` if the policy has
   * no queue.
   */
  readonly waited?: number | undefined;
}

/** The details of each type of event, in addition to `EventBase`. */
export interface EventDetails {
  /** An attempt succeeded, as judged by the policy. */
  success: OutcomeEvent;
  /** An attempt failed, as judged by the policy: with an error, or with a value. */
  failure: OutcomeEvent & { readonly error?: unknown; readonly value?: unknown };
  /** A call waits in the policy's queue. */
  queued: { readonly attempt: number };
  /** The policy rejected a call. */
  rejected: { readonly error: unknown };
  /** A circuit breaker changed its state. `window` is the one that the decision was based on. */
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
  /** An attempt failed, with an error or a value, and will be retried after `delay` ms. */
  retry: {
    readonly attempt: number;
    readonly delay: number;
    readonly error?: unknown;
    readonly value?: unknown;
  };
  /** An attempt timed out. */
  timeout: { readonly attempt: number; readonly timeoutMs: number };
  /** A hedge started another attempt. */
  hedge: { readonly attempt: number };
  /** A fallback replaced the outcome of a call: an error, or a value that counts as a failure. */
  fallback: { readonly error?: unknown; readonly value?: unknown };
  /** A cache returned a stored value: a fresh one, or a stale one after an error. */
  cacheHit: { readonly key: unknown; readonly stale: boolean };
  /** A call joined a running call with the same key. */
  coalesced: { readonly key: unknown };
  /** A `ChaosPolicy` injected something. */
  injected: { readonly kind: 'fault' | 'latency' | 'result' };
}

/** The types of events. */
export type EventType = keyof EventDetails;

/** The types of events. */
export const eventTypes: readonly string[] =
  'success failure queued rejected stateChange retry timeout hedge fallback cacheHit coalesced injected'.split(
    ' ',
  );

/** A listener for any type of event. */
export type AnyListener = (event: never) => void;

/** A policy, as the emitter of events. */
export interface EventSource {
  readonly channel: Channel;
}

/** A listener to the events of every named policy. */
export interface Observer {
  readonly tell: AnyListener;
  /** Only these types; `undefined` for all. */
  readonly types: ReadonlySet<EventType> | undefined;
}

/** A policy in the lists of named ones. */
interface Named {
  readonly reference: WeakRef<EventSource>;
  readonly key: string;
}

const observers = new Set<Observer>();
/** The types that any observer listens to. */
const observed = new Set<EventType>();
const named = new Set<WeakRef<EventSource>>();
/** The newest policy of each kind and name. */
const byName = new Map<string, WeakRef<EventSource>>();
let collected: FinalizationRegistry<Named> | undefined;

/** Adds an observer. Returns a function that removes it. */
export function addObserver(observer: Observer): () => void {
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
    for (const type of observer.types ?? (eventTypes as readonly EventType[])) observed.add(type);
  }
  for (const policy of namedPolicies()) policy.channel.refresh();
}

/** The named policies of the process that are alive. */
export function namedPolicies(): EventSource[] {
  const alive: EventSource[] = [];
  for (const reference of named) {
    const policy = reference.deref();
    if (policy !== undefined) alive.push(policy);
  }
  return alive;
}

/** A failure: an error, or a value that a predicate judged as a failure. */
interface Failure {
  readonly error?: unknown;
  readonly value?: unknown;
}

/** Emits the events of one policy. Allocates nothing while nobody listens. */
export class Channel {
  readonly policy: EventSource;
  readonly policyName: string | undefined;
  readonly clock: Clock;
  /**
   * Whether anybody listens to events about calls: check it before such an event is made. It is a field
   * because every call checks it. For `stateChange`, which is rare, check `hears`: a listener to it
   * makes no call slower.
   */
  active = false;
  #listeners: Map<EventType, readonly AnyListener[]> | undefined = undefined;

  constructor(policy: EventSource, policyName: string | undefined, clock: Clock) {
    this.policy = policy;
    this.policyName = policyName;
    this.clock = clock;
    if (policyName !== undefined) register(policy, policyName);
    this.refresh();
  }

  /** Call this when listeners or observers were added or removed. */
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

  /** Adds a listener. Returns a function that removes it. */
  add(type: EventType, listener: AnyListener): () => void {
    if (!eventTypes.includes(type)) invalid('on', type, `one of ${eventTypes.join(', ')}`);
    if (!isCallback(listener)) invalid('on', listener, 'a function');
    const listeners = (this.#listeners ??= new Map<EventType, readonly AnyListener[]>());
    // Wrapped, so that a function that was added twice can be removed once.
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

  /** The time elapsed since `time`, in ms; `undefined` for `NaN`, which means it was not measured. */
  since(time: number): number | undefined {
    return Number.isNaN(time) ? undefined : this.clock.now() - time;
  }

  /** Emits `success` or `failure` for an attempt that started at `startedAt`. */
  ended(attempt: number, startedAt: number, failure?: Failure, call?: CallDetails): void {
    if (!this.active) return;
    const waited = call?.waited;
    const outcome = {
      attempt,
      duration: this.since(startedAt),
      ...(waited !== undefined && { waited }),
    };
    if (failure === undefined) this.emit('success', outcome, call);
    else this.emit('failure', { ...outcome, ...failure }, call);
  }

  /** Emits an event to the policy's listeners, then to the observers of the process. */
  emit<Type extends EventType>(type: Type, details: EventDetails[Type], call?: CallDetails): void {
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

function register(policy: EventSource, name: string): void {
  if (typeof WeakRef !== 'function') return;
  const reference = new WeakRef(policy);
  named.add(reference);
  const key = `${policy.constructor.name} "${name}"`;
  if (!replacing && byName.get(key)?.deref() !== undefined) {
    const why = 'events and errors do not distinguish them, and each has its own state';
    warn(
      'HIGHWAY_DUPLICATE_NAME',
      `More than one policy is named ${key}: ${why}; share one policy, or give each its own name`,
    );
  }
  byName.set(key, reference);
  collected ??= new FinalizationRegistry((gone) => {
    named.delete(gone.reference);
    if (byName.get(gone.key) === gone.reference) byName.delete(gone.key);
  });
  collected.register(policy, { reference, key });
}

let replacing = false;

/** Makes a policy that replaces one of the same name, without the warning about duplicates. */
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
