import { toMs } from '../values/duration.ts';
import type { Duration } from '../values/duration.ts';
import type { Channel } from '../events.ts';
import { contextOf } from '../pipeline/call.ts';
import type { Call, CallContext } from '../pipeline/call.ts';
import {
  randomOption,
  isCallback,
  number,
  policyOptions,
  readOptions,
  invalid,
  invalidResult,
  booleanResult,
} from '../support/options.ts';
import type { Read } from '../support/options.ts';
import { isThenable, leave } from '../support/foreign.ts';
import { rejectSoon } from '../support/reject-soon.ts';
import { SideScope } from '../pipeline/scope.ts';
import type { Scope } from '../pipeline/scope.ts';
import { sleep } from '../pipeline/sleep.ts';
import type { Plan, Wrapper } from '../pipeline/stage.ts';
import { syncMisuse } from '../support/sync-misuse.ts';
import { compile } from '../pipeline/compile.ts';
import { Policy, stage } from '../policy.ts';
import type { PolicyOptions, PolicySettings } from '../policy.ts';
import type { Random } from '../seams/random.ts';

/** Options of a `ChaosPolicy`. */
export interface ChaosOptions<Value = never> extends PolicyOptions {
  /** The probability that chaos is injected into a call, from 0 to 1. */
  readonly rate: number;
  /**
   * The error that the call throws, or a function that returns it. If the function returns `undefined`, no fault
   * is injected.
   */
  readonly fault?: unknown;
  /** How long the call is delayed, or a function that returns the delay. */
  readonly latency?: (Duration | ((context: CallContext) => Duration)) | undefined;
  /** The result that the call gets in place of its own, or a function that returns it. */
  readonly result?: (Value | ((context: CallContext) => Value | PromiseLike<Value>)) | undefined;
  /** Whether chaos is injected at all. A function is called for each call. Default: `true`. */
  readonly enabled?: (boolean | ((context: CallContext) => boolean)) | undefined;
  /** The random source. Default: the system's. */
  readonly random?: Random | undefined;
}

/** A value or a function. A class is invalid: it cannot be called. */
function noClass(option: string, value: unknown): unknown {
  if (typeof value !== 'function' || isCallback(value)) return value;
  return invalid(option, value, 'a value or a function');
}

const readers = {
  ...policyOptions,
  rate: number(0, 1),
  fault: noClass,
  latency: (option: string, value: unknown): unknown =>
    value === undefined || isCallback(value) ? value : toMs(option, value),
  result: noClass,
  enabled: (option: string, value: unknown = true): unknown =>
    typeof value === 'boolean' || isCallback(value)
      ? value
      : invalid(option, value, 'true, false or a function'),
  random: randomOption,
};

type ChaosRules = Read<typeof readers>;

/**
 * Injects failures on purpose, to test the policies around it. With the probability `rate`, a call is delayed,
 * fails, or gets another result. If several are configured, the delay comes first, then the fault, then the
 * result. The function runs if neither a fault nor a result ends the call.
 *
 * It belongs innermost, where the dependency is. If every such call got the fault, none would get the
 * result, so the two together are invalid unless the fault is a function, which may return `undefined`.
 *
 * @example
 * const chaos = new ChaosPolicy({ rate: 0.2, fault: () => new Error('connection reset') });
 * const failsafe = new Failsafe({ policies: [new RetryPolicy(), chaos] });
 */
export class ChaosPolicy<Value = never> extends Policy<Value> {
  readonly #rules: ChaosRules;

  /** Throws a `TypeError` or `RangeError` that names the first option that is invalid or unknown. */
  constructor(options: ChaosOptions<Value>) {
    const rules = readOptions('ChaosPolicy', options, readers);
    const { fault, result } = rules;
    if (result !== undefined && fault !== undefined && typeof fault !== 'function') {
      invalid('result', result, 'undefined if fault is not a function');
    }
    super(rules.name, rules.clock);
    this.#rules = rules;
  }

  get type(): 'chaos' {
    return 'chaos';
  }

  get settings(): PolicySettings {
    const { name, rate, latency, fault, result, enabled } = this.#rules;
    return {
      type: 'chaos',
      name,
      rate,
      fault: fault !== undefined,
      latency: typeof latency === 'function' ? undefined : latency,
      result: result !== undefined,
      enabled: typeof enabled === 'boolean' ? enabled : undefined,
    };
  }

  /** @internal */
  get [stage](): Wrapper {
    return {
      kind: 'wrapper',
      // Compiled, so that a call without other policies has a signal of its own.
      around: (inner) => new ChaosPlan(this.#rules, this.channel, compile([], inner)),
    };
  }
}

/** What is injected into a call; `undefined` if the function runs. */
type Ending = { readonly fault: unknown } | { readonly result: unknown } | undefined;

class ChaosPlan implements Plan {
  readonly #rules: ChaosRules;
  readonly #channel: Channel;
  readonly #inner: Plan;

  constructor(rules: ChaosRules, channel: Channel, inner: Plan) {
    this.#rules = rules;
    this.#channel = channel;
    this.#inner = inner;
  }

  run(call: Call, scope: Scope | undefined, attempt: number): Promise<unknown> {
    if (scope === undefined) return this.#run(call, undefined, attempt);
    if (scope.aborted) return rejectSoon(scope.reason);
    const side = new SideScope(scope);
    return this.#run(call, side, attempt).finally(() => {
      side.end();
    });
  }

  #run(call: Call, scope: SideScope | undefined, attempt: number): Promise<unknown> {
    const context = contextOf(scope, attempt, call.data);
    try {
      if (!this.#strikes(context)) return this.#inner.run(call, scope, attempt);
    } catch (error) {
      return rejectSoon(error);
    }
    return this.#disturb(call, scope, context);
  }

  runSync(call: Call, attempt: number): unknown {
    if (this.#rules.latency !== undefined) {
      throw syncMisuse('chaos with a latency would have to wait; use execute');
    }
    const context = contextOf(undefined, attempt, call.data);
    const ending = this.#strikes(context) ? this.#ending(call, context) : undefined;
    if (ending === undefined) return this.#inner.runSync(call, attempt);
    if ('fault' in ending) throw ending.fault;
    if (!isThenable(ending.result)) return ending.result;
    leave(ending.result);
    throw syncMisuse('the injected result is a promise; use execute');
  }

  async #disturb(call: Call, scope: Scope | undefined, context: CallContext): Promise<unknown> {
    await this.#delay(call, scope, context);
    // If an abort comes together with the timer, the abort wins: nothing runs after it.
    if (scope?.aborted === true) throw scope.reason;
    const ending = this.#ending(call, context);
    if (ending === undefined) return this.#inner.run(call, scope, context.attempt);
    if ('fault' in ending) throw ending.fault;
    return ending.result;
  }

  #strikes(context: CallContext): boolean {
    const { enabled, rate, random } = this.#rules;
    const on =
      typeof enabled === 'function' ? booleanResult('enabled', (enabled as Ask)(context)) : enabled;
    return on === true && random() < rate;
  }

  async #delay(call: Call, scope: Scope | undefined, context: CallContext): Promise<void> {
    const { latency } = this.#rules;
    if (latency === undefined) return;
    const ms = typeof latency === 'function' ? toMs('latency', (latency as Ask)(context)) : latency;
    this.#note('latency', call);
    await sleep(this.#channel.clock, ms as number, scope);
  }

  #ending(call: Call, context: CallContext): Ending {
    const { fault, result } = this.#rules;
    const error = typeof fault === 'function' ? (fault as Ask)(context) : fault;
    if (isThenable(error)) invalidResult('fault', error, 'an error or undefined');
    if (error !== undefined) {
      this.#note('fault', call);
      return { fault: error };
    }
    if (result === undefined) return undefined;
    this.#note('result', call);
    return { result: typeof result === 'function' ? (result as Ask)(context) : result };
  }

  #note(kind: 'fault' | 'latency' | 'result', call: Call): void {
    if (this.#channel.active) this.#channel.emit('injected', { kind }, call);
  }
}

/** An option that is a function of the context. */
type Ask = (context: CallContext) => unknown;
