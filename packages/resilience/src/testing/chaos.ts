import { toMs } from '../duration.ts';
import type { Duration } from '../duration.ts';
import type { Channel } from '../events.ts';
import { contextOf } from '../internal/call.ts';
import type { Call, CallContext } from '../internal/call.ts';
import {
  randomOption,
  isCallback,
  number,
  policyOptions,
  readOptions,
  invalid,
  invalidAnswer,
  checkAnswer,
} from '../internal/options.ts';
import type { Read } from '../internal/options.ts';
import { isThenable, leave } from '../internal/foreign.ts';
import { rejectSoon } from '../internal/rejection.ts';
import { SideScope } from '../internal/scope.ts';
import type { Scope } from '../internal/scope.ts';
import { sleep } from '../internal/sleep.ts';
import type { Plan, Wrapper } from '../internal/stage.ts';
import { syncMisuse } from '../internal/sync-misuse.ts';
import { compile } from '../pipeline.ts';
import { Policy, stage } from '../policy.ts';
import type { PolicyOptions, PolicySettings } from '../policy.ts';
import type { Random } from '../random.ts';

/** Options of a `ChaosPolicy`. */
export interface ChaosOptions<Value = never> extends PolicyOptions {
  /** How likely it is that a call is disturbed: 0 for never, 1 for always. */
  readonly rate: number;
  /**
   * What a disturbed call throws, or a function that gives it; where that gives `undefined`, the
   * call is spared the fault.
   */
  readonly fault?: unknown;
  /** What a disturbed call waits before anything else, or a function that gives it. */
  readonly latency?: (Duration | ((context: CallContext) => Duration)) | undefined;
  /** What a disturbed call gives instead of running, or a function that gives it. */
  readonly result?: (Value | ((context: CallContext) => Value | PromiseLike<Value>)) | undefined;
  /** Switches it on and off; a function is asked at each call. Default: `true`. */
  readonly enabled?: (boolean | ((context: CallContext) => boolean)) | undefined;
  /** Where chance comes from. Default: the system's. */
  readonly random?: Random | undefined;
}

/** What is called where it is a function, and would be called in vain where it is a class. */
function noClass(option: string, value: unknown): unknown {
  if (typeof value !== 'function' || isCallback(value)) return value;
  return invalid(option, value, 'a value, or a function that gives one');
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
 * Disturbs calls on purpose, to show what the policies around it make of that: with the probability
 * `rate` a call waits, fails or gets another result. Of several the wait comes first, then the
 * fault, then the result; the function runs where neither of these ends the call.
 *
 * It belongs innermost, where the dependency is. A fault that always comes leaves no room for a
 * result, so the two together are refused unless the fault is a function, which may spare a call.
 *
 * @example
 * const chaos = new ChaosPolicy({ rate: 0.2, fault: () => new Error('connection reset') });
 * const failsafe = new Failsafe({ policies: [new RetryPolicy(), chaos] });
 */
export class ChaosPolicy<Value = never> extends Policy<Value> {
  readonly #rules: ChaosRules;

  /** Throws a `TypeError` or `RangeError` that names the option for any that is bad or unknown. */
  constructor(options: ChaosOptions<Value>) {
    const rules = readOptions('ChaosPolicy', options, readers);
    const { fault, result } = rules;
    if (result !== undefined && fault !== undefined && typeof fault !== 'function') {
      invalid('result', result, 'nothing beside a fault that always comes');
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
      // Compiled, so that a call which nothing else is around has a signal of its own.
      around: (inner) => new ChaosPlan(this.#rules, this.channel, compile([], inner)),
    };
  }
}

/** What a disturbance makes of a call; `undefined` where the function is to run. */
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
    const context = contextOf(scope, attempt);
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
    const context = contextOf(undefined, attempt);
    const ending = this.#strikes(context) ? this.#ending(call, context) : undefined;
    if (ending === undefined) return this.#inner.runSync(call, attempt);
    if ('fault' in ending) throw ending.fault;
    if (!isThenable(ending.result)) return ending.result;
    leave(ending.result);
    throw syncMisuse('the result of the chaos is a promise; use execute for it');
  }

  async #disturb(call: Call, scope: Scope | undefined, context: CallContext): Promise<unknown> {
    await this.#delay(call, scope, context);
    // An abort that came together with the timer wins: nothing runs after it.
    if (scope?.aborted === true) throw scope.reason;
    const ending = this.#ending(call, context);
    if (ending === undefined) return this.#inner.run(call, scope, context.attempt);
    if ('fault' in ending) throw ending.fault;
    return ending.result;
  }

  #strikes(context: CallContext): boolean {
    const { enabled, rate, random } = this.#rules;
    const on =
      typeof enabled === 'function' ? checkAnswer('enabled', (enabled as Ask)(context)) : enabled;
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
    if (isThenable(error)) invalidAnswer('fault', error, 'what is to be thrown, or undefined');
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

/** An option that is a function of the call. */
type Ask = (context: CallContext) => unknown;
