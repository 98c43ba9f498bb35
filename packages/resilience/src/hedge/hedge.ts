import type { Call } from '../internal/call.ts';
import { Deadlines } from '../internal/deadlines.ts';
import { rejectSoon } from '../internal/rejection.ts';
import type { Scope } from '../internal/scope.ts';
import type { Plan, Wrapper } from '../internal/stage.ts';
import { syncMisuse } from '../internal/sync-misuse.ts';
import { Policy, stage } from '../policy.ts';
import type { PolicySettings } from '../policy.ts';
import { hedgeSettings, readHedgeOptions } from './options.ts';
import type { HedgeOptions, HedgeRules } from './options.ts';
import { Race } from './race.ts';
import type { Course } from './race.ts';

/**
 * Starts another attempt beside one that is slow, and takes the first answer: for calls that may
 * run twice, where few are much slower than most.
 *
 * The attempts that lose are aborted through their `context.signal`, with a `HedgeLostError`, and
 * not waited for. Calls in flight share one timer, and an idle policy holds none.
 *
 * @example
 * const hedge = new HedgePolicy({ delay: '200ms' });
 * const page = await hedge.execute(async ({ signal }) => {
 *   const response = await fetch(url, { signal });
 *   if (!response.ok) throw new Error(`HTTP ${response.status}`);
 *   return response;
 * });
 */
export class HedgePolicy extends Policy {
  readonly #rules: HedgeRules;
  readonly #deadlines: Deadlines;

  /** Throws a `TypeError` or `RangeError` that names the option for any that is bad or unknown. */
  constructor(options: HedgeOptions) {
    const rules = readHedgeOptions(options);
    super(rules.name, rules.clock);
    this.#rules = rules;
    this.#deadlines = new Deadlines(rules.clock);
  }

  get type(): 'hedge' {
    return 'hedge';
  }

  get settings(): PolicySettings {
    return hedgeSettings(this.#rules);
  }

  /** @internal */
  get [stage](): Wrapper {
    const course = { rules: this.#rules, channel: this.channel, deadlines: this.#deadlines };
    return { kind: 'wrapper', around: (inner) => new HedgePlan({ ...course, inner }) };
  }
}

class HedgePlan implements Plan {
  readonly #course: Course;

  constructor(course: Course) {
    this.#course = course;
  }

  run(call: Call, scope: Scope | undefined, attempt: number): Promise<unknown> {
    if (scope?.aborted === true) return rejectSoon(scope.reason);
    return new Race(this.#course, call, attempt).run(scope);
  }

  runSync(): never {
    throw syncMisuse('a hedge would have to wait; use execute');
  }
}
