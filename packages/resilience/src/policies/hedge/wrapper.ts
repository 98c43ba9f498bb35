import type { Channel } from '../../events.ts';
import type { Call } from '../../pipeline/call.ts';
import type { Scope } from '../../pipeline/scope.ts';
import type { Plan, Wrapper } from '../../pipeline/stage.ts';
import { Deadlines } from '../../support/deadlines.ts';
import { rejectSoon } from '../../support/reject-soon.ts';
import { syncMisuse } from '../../support/sync-misuse.ts';
import type { HedgeRules } from './options.ts';
import { Race } from './race.ts';
import type { HedgeParts } from './race.ts';

/** Runs every call as a race of attempts. All plans of a hedge share one timer. */
export class HedgeWrapper implements Wrapper {
  readonly kind = 'wrapper';
  readonly rules: HedgeRules;
  readonly #channel: Channel;
  readonly #deadlines: Deadlines;

  constructor(rules: HedgeRules, channel: Channel) {
    this.rules = rules;
    this.#channel = channel;
    this.#deadlines = new Deadlines(rules.clock);
  }

  around(inner: Plan): Plan {
    const { rules } = this;
    return new HedgePlan({ rules, channel: this.#channel, deadlines: this.#deadlines, inner });
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
