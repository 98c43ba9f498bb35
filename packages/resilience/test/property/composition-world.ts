import {
  Backoff,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  Failsafe,
  FallbackPolicy,
  RateLimiterPolicy,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { CallContext, Policy, ResilienceError } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { CountedSignal } from '../support/counted-signal.ts';
import type { CallPlan, Link, Turn } from './composition-plans.ts';

/** How calls go through the policies: as one chain, or each policy in the function of the next. */
export type Form = 'fused' | 'nested';

/** Policies on a clock of their own, and a diary of all that is seen of them. */
export class World {
  readonly clock = new ManualClock();
  /** What happened, by whom it happened to: a call or a policy. */
  readonly diary: Record<string, string[]> = {};
  readonly policies: Policy[];
  readonly callers: CountedSignal[] = [];
  readonly #form: Form;
  readonly #chain: Policy;

  constructor(links: readonly Link[], form: Form, observed: boolean) {
    this.#form = form;
    this.policies = links.map((link) => this.#make(link));
    this.#chain = this.#group(links);
    if (observed) this.#observe();
  }

  /** What each policy told. At one instant, the order of what happens to several calls is open. */
  get events(): Record<string, string[]> {
    const own = Object.entries(this.diary).filter(([subject]) => subject.startsWith('policy'));
    return Object.fromEntries(own.map(([subject, lines]) => [subject, [...lines].sort()]));
  }

  /**
   * What happened to each call, in order. Each policy in the function of another takes a microtask to
   * hand an abort on, so what else happens at that instant may come before a function hears of it.
   */
  get calls(): Record<string, string[]> {
    const own = Object.entries(this.diary).filter(([subject]) => subject.startsWith('call'));
    return Object.fromEntries(own.map(([subject, lines]) => [subject, abortsFirst(lines)]));
  }

  /** Makes the calls of the plans, each at its time, and waits until all is over. */
  async run(plans: readonly CallPlan[]): Promise<void> {
    plans.forEach((plan, i) => {
      this.clock.setTimeout(() => {
        void this.#call(plan, i);
      }, plan.at);
    });
    await this.clock.advance('1h');
  }

  /** What is left when all is over, for whoever comes next. */
  remains(): string[] {
    const left: string[] = [`timers ${this.clock.pendingTimers}`];
    for (const caller of this.callers) left.push(`listeners ${caller.listeners}`);
    for (const policy of this.policies) {
      if (policy instanceof BulkheadPolicy) left.push(`held ${policy.inFlight} ${policy.queued}`);
      if (policy instanceof RateLimiterPolicy) left.push(`queued ${policy.queued}`);
      if (policy instanceof CircuitBreakerPolicy) left.push(describeBreaker(policy));
    }
    return left;
  }

  async #call(plan: CallPlan, i: number): Promise<void> {
    let signal: AbortSignal | undefined;
    let caller: CountedSignal | undefined;
    if (plan.abortAfter !== undefined) {
      const own = (caller = new CountedSignal());
      this.callers.push(own);
      signal = own.signal;
      this.clock.setTimeout(() => {
        own.abort(`abort of ${i}`);
      }, plan.abortAfter);
    }
    let turns = 0;
    const fn = (context: CallContext): unknown => {
      const turn = plan.turns[Math.min(turns++, plan.turns.length - 1)]!;
      this.#note(`call ${i}`, 'runs');
      if (turn.aborts && turn.microtasks === 0) caller?.abort(`own abort of ${i}`);
      if (turn.after === 0 && turn.microtasks > 0)
        return soon(turn, () => caller?.abort(`own abort of ${i}`));
      return this.#perform(turn, context, i);
    };
    const ended = await this.#through(fn, signal).then(
      (value) => `gives ${String(value)}`,
      (error: unknown) => `throws ${describeError(error)}`,
    );
    this.#note(`call ${i}`, ended);
  }

  #through(fn: (context: CallContext) => unknown, signal?: AbortSignal): Promise<unknown> {
    if (this.#form === 'fused') return this.#chain.execute(fn, { signal });
    const from = (position: number, outer: AbortSignal | undefined): Promise<unknown> =>
      this.policies[position]!.execute(
        (context) =>
          position + 1 === this.policies.length ? fn(context) : from(position + 1, context.signal),
        { signal: outer },
      );
    return from(0, signal);
  }

  #perform(turn: Turn, { signal }: CallContext, i: number): unknown {
    if (turn.after === 0) return end(turn);
    return new Promise((resolve, reject) => {
      const timer = this.clock.setTimeout(() => {
        try {
          resolve(end(turn));
        } catch (error) {
          reject(error);
        }
      }, turn.after);
      signal.addEventListener('abort', () => {
        this.#note(`call ${i}`, `is told to stop: ${describeError(signal.reason)}`);
        if (!turn.heeds) return;
        this.clock.clearTimeout(timer);
        reject(signal.reason as Error);
      });
    });
  }

  #note(subject: string, what: string): void {
    (this.diary[subject] ??= []).push(`${this.clock.now().toFixed(4)} ${what}`);
  }

  #observe(): void {
    this.policies.forEach((policy, i) => {
      for (const type of recordedTypes) {
        policy.on(type, () => this.#note(`policy ${i}`, type));
      }
    });
  }

  /** The policies as one chain; those of a group in a chain of their own. */
  #group(links: readonly Link[]): Policy {
    const policies: Policy[] = [];
    for (let i = 0; i < links.length;) {
      let to = i + 1;
      while (to < links.length && links[to]!.joined) to++;
      const group = this.policies.slice(i, to);
      policies.push(group.length === 1 ? group[0]! : new Failsafe({ policies: group, onWarning }));
      i = to;
    }
    return new Failsafe({ policies, onWarning });
  }

  #make({ kind, small, waits }: Link): Policy {
    const { clock } = this;
    const name = kind;
    switch (kind) {
      case 'retry': {
        const backoff = waits ? Backoff.fixed(20.9) : Backoff.none;
        const handleResult = (value: unknown): boolean => value === 'bad';
        return new RetryPolicy({ name, clock, backoff, handleResult, maxRetries: small ? 1 : 2 });
      }
      case 'breaker': {
        const failureThreshold = small ? '2/3' : '3/5';
        return new CircuitBreakerPolicy({ name, clock, failureThreshold, cooldown: 150.7 });
      }
      case 'timeout':
        return new TimeoutPolicy({ name, clock, timeout: small ? 60.1 : 200.3 });
      case 'bulkhead': {
        const maxConcurrent = small ? 1 : 2;
        const maxWait = waits ? 80.3 : Infinity;
        return new BulkheadPolicy({ name, clock, maxConcurrent, maxQueued: 2, maxWait });
      }
      case 'limiter': {
        const maxWait = waits ? 150.7 : 0;
        return new RateLimiterPolicy({ name, clock, limit: small ? 1 : 3, per: 70.9, maxWait });
      }
      case 'fallback': {
        const handle = (error: unknown): boolean => waits || String(error).includes('failure');
        return new FallbackPolicy({ name, clock, fallback: 'instead', handle });
      }
    }
  }
}

const recordedTypes = [
  'success',
  'failure',
  'rejected',
  'stateChange',
  'retry',
  'timeout',
  'fallback',
] as const;

function onWarning(): void {
  // Orders that make no sense must hold all the same.
}

async function soon(turn: Turn, abort: () => void): Promise<unknown> {
  for (let i = 0; i < turn.microtasks; i++) {
    await Promise.resolve();
    if (turn.aborts && i === 0) abort();
  }
  return end(turn);
}

function end({ ends }: Turn): unknown {
  if (ends === 'failure') throw new Error('failure');
  return ends;
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { policyName, code } = error as Partial<ResilienceError>;
  const { retryAfter } = error as { retryAfter?: number };
  const wait = retryAfter === undefined ? '' : ` ${retryAfter.toFixed(4)}`;
  const cause = error.cause === undefined ? '' : ` because of ${describeError(error.cause)}`;
  return `${code ?? error.name} ${policyName ?? ''}${wait} ${error.message}${cause}`;
}

function describeBreaker(breaker: CircuitBreakerPolicy): string {
  const outcomes = [...breaker.history].map(Number).join('');
  if (breaker.state !== 'HALF_OPEN') return `${breaker.state} ${outcomes}`;
  // Places that were not given back would be missing here.
  let places = 0;
  while (breaker.tryAcquire() !== undefined) places++;
  return `${breaker.state} ${outcomes} ${places} places`;
}

/** Lines as they were, but those that tell of an abort are the first of their instant. */
function abortsFirst(lines: readonly string[]): string[] {
  const instant = (line: string): number => Number.parseFloat(line);
  const rank = (line: string): number => (line.includes('is told to stop') ? 0 : 1);
  return [...lines].sort((a, b) => instant(a) - instant(b) || rank(a) - rank(b));
}
