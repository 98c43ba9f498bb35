import type { Wrapper } from '../../pipeline/stage.ts';
import { Policy, stage } from '../../policy.ts';
import type { PolicySettings } from '../../policy.ts';
import { hedgeSettings, readHedgeOptions } from './options.ts';
import type { HedgeOptions } from './options.ts';
import { HedgeWrapper } from './wrapper.ts';

/**
 * Starts another attempt in parallel when one is slow, and takes the first answer. Use it for calls that
 * may run twice, if a few of them are much slower than most.
 *
 * The `context.signal` of the attempts that lose aborts with a `HedgeLostError`; the call does not wait for
 * them. Their errors and values are disposed of, if they have `Symbol.asyncDispose` or `Symbol.dispose`. All calls
 * share one timer, and an idle policy holds none.
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
  readonly #wrapper: HedgeWrapper;

  /** Throws a `TypeError` or `RangeError` that names the first option that is invalid or unknown. */
  constructor(options: HedgeOptions) {
    const rules = readHedgeOptions(options);
    super(rules.name, rules.clock);
    this.#wrapper = new HedgeWrapper(rules, this.channel);
  }

  get type(): 'hedge' {
    return 'hedge';
  }

  get settings(): PolicySettings {
    return hedgeSettings(this.#wrapper.rules);
  }

  /** @internal */
  get [stage](): Wrapper {
    return this.#wrapper;
  }
}
