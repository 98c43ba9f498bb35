import { wallNow } from './clock.ts';
import type { Clock } from './clock.ts';
import { refuse } from './internal/options.ts';
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
}

/** What an event says about an attempt that has ended. */
export interface OutcomeEvent {
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** How long it took, in ms; `undefined` where nobody listened yet when it began. */
  readonly duration: number | undefined;
}

/** What each type of event says beside `EventBase`. */
export interface EventDetails {
  /** An attempt ended well, as the policy judges it. */
  success: OutcomeEvent;
  /** An attempt ended badly, as the policy judges it: by an error, or by a value. */
  failure: OutcomeEvent & { readonly error?: unknown; readonly value?: unknown };
  /** The policy refused to run a call. */
  rejected: { readonly error: unknown };
  /** A circuit breaker changed its state; the window is the one that it was judged by. */
  stateChange: {
    readonly oldState: string;
    readonly newState: string;
    readonly cause: string;
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
export type EventListener<Type extends EventType = EventType> = (event: PolicyEvent<Type>) => void;

const types: readonly string[] =
  'success failure rejected stateChange retry timeout hedge fallback cacheHit coalesced injected'.split(
    ' ',
  );

type AnyListener = (event: never) => void;

const observers = new Set<AnyListener>();
const named = new Set<WeakRef<Policy>>();
let forgotten: FinalizationRegistry<WeakRef<Policy>> | undefined;

/**
 * Hears the events of every named policy of the process, made before or after. Returns a function
 * that stops it. What `listener` throws is reported, and changes nothing.
 */
export function observe(listener: EventListener): () => void {
  // What an asynchronous listener gives is handed on, so that its rejection is reported too.
  const entry: AnyListener = (event) => listener(event);
  observers.add(entry);
  refreshAll();
  return () => {
    observers.delete(entry);
    refreshAll();
  };
}

function refreshAll(): void {
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
    if (policyName !== undefined) enlist(policy);
    this.refresh();
  }

  /** Listeners or observers came or went. */
  refresh(): void {
    const listeners = this.#listeners;
    const ofCalls =
      listeners !== undefined && listeners.size > Number(listeners.has('stateChange'));
    this.active = ofCalls || this.#observed;
  }

  /** Whether anybody listens to events of this type. */
  hears(type: EventType): boolean {
    return this.#observed || this.#listeners?.has(type) === true;
  }

  get #observed(): boolean {
    return observers.size !== 0 && this.policyName !== undefined;
  }

  /** Adds a listener; returns what removes it. */
  add(type: EventType, listener: AnyListener): () => void {
    if (!types.includes(type)) refuse('on', type, `one of ${types.join(', ')}`);
    if (typeof listener !== 'function') refuse('on', listener, 'a function to tell');
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
  ended(attempt: number, startedAt: number, wrong?: Wrong): void {
    if (!this.active) return;
    const outcome = { attempt, duration: this.since(startedAt) };
    if (wrong === undefined) this.emit('success', outcome);
    else this.emit('failure', { ...outcome, ...wrong });
  }

  /** Tells the policy's listeners, then the observers of the process. */
  emit<Type extends EventType>(type: Type, details: EventDetails[Type]): void {
    const listeners = this.#listeners?.get(type);
    const observed = this.#observed;
    if (listeners === undefined && !observed) return;
    const { policy, policyName } = this;
    const event = { type, policy, policyName, at: wallNow(this.clock), ...details };
    if (listeners !== undefined) for (const listener of listeners) tell(listener, event);
    if (observed) for (const observer of observers) tell(observer, event);
  }
}

function enlist(policy: Policy): void {
  if (typeof WeakRef !== 'function') return;
  const reference = new WeakRef(policy);
  named.add(reference);
  forgotten ??= new FinalizationRegistry((gone) => {
    named.delete(gone);
  });
  forgotten.register(policy, reference);
}

function tell(listener: AnyListener, event: unknown): void {
  quietly(listener as (event: unknown) => unknown, event);
}
