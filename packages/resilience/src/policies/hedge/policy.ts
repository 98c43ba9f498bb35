import type { Call } from '../../pipeline/call.ts';
import { Deadlines } from '../../support/deadlines.ts';
import { rejectSoon } from '../../support/reject-soon.ts';
import type { Scope } from '../../pipeline/scope.ts';
import type { Plan, Wrapper } from '../../pipeline/stage.ts';
import { syncMisuse } from '../../support/sync-misuse.ts';
import { Policy, stage } from '../../policy.ts';
import type { PolicySettings } from '../../policy.ts';
import { hedgeSettings, readHedgeOptions } from './options.ts';
import type { HedgeOptions, HedgeRules } from './options.ts';
import { Race } from './race.ts';
import type { HedgeParts } from './race.ts';

/**
 * Starts another attempt in parallel when one is slow, and takes the first answer. For calls that may
 * run twice, if a few of them are much slower than most.
 *
 * The `context.signal` of the attempts that lose aborts with a `HedgeLostError`; the call does not wait for
 * them. All calls share one timer, and an idle policy holds none.
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

  /** Throws a `TypeError` or `RangeError` that names the first option that is invalid or unknown. */
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
    const parts = { rules: this.#rules, channel: this.channel, deadlines: this.#deadlines };
    return { kind: 'wrapper', around: (inner) => new HedgePlan({ ...parts, inner }) };
  }
}

class HedgePlan implements Plan {
  readonly #parts: HedgeParts;

  constructor(parts: HedgeParts) {
    this.#parts = parts;
  }

  run(call: Call, scope: Scope | undefined, attempt: number): Promise<unknown> {
    if (scope?.aborted === true) return rejectSoon(scope.reason);
    return new Race(this.#parts, call, attempt).run(scope);
  }

  runSync(): never {
    throw syncMisuse('a hedge would have to wait; use execute');
  }
}
