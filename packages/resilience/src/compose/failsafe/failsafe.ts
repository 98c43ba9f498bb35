import { describe, policyName } from '../../support/describe.ts';
import { leave } from '../../support/foreign.ts';
import { callback, policyOptions, readOptions, invalid } from '../../support/options.ts';
import type { Plan, Wrapper } from '../../pipeline/stage.ts';
import { warn } from '../../support/warn.ts';
import type { OnWarning } from '../../support/warn.ts';
import { compile } from '../../pipeline/compile.ts';
import { Policy, stage } from '../../policy.ts';
import type { added, PolicyOptions, PolicySettings } from '../../policy.ts';
import { ObservedPlan } from './observed-plan.ts';
import { orderWarnings } from './order.ts';

/** Options of a `Failsafe`. */
export interface FailsafeOptions<
  Policies extends readonly Policy<unknown>[],
> extends PolicyOptions {
  /** The policies, outermost first. */
  readonly policies: Policies;
  /**
   * Called once for each order of policies that is nearly always a mistake. Default:
   * `process.emitWarning`.
   */
  readonly onWarning?: OnWarning | undefined;
}

const readers = {
  ...policyOptions,
  policies: (_: string, value: unknown): unknown => value,
  onWarning: callback<OnWarning>(),
};

/** The types of results that the policies of a chain add, such as the value of a fallback. */
export type AddedBy<Policies extends readonly Policy<unknown>[]> = Policies[number] extends infer P
  ? P extends { [added]?(value: infer Added): void }
    ? Added
    : never
  : never;

/**
 * Composes policies; the first is the outermost. The pipeline is compiled once, at construction: consecutive
 * policies that only admit calls and learn their outcomes share one promise per call.
 *
 * @example
 * const failsafe = new Failsafe({
 *   policies: [new RetryPolicy({ maxRetries: 2 }), new CircuitBreakerPolicy()],
 * });
 */
export class Failsafe<
  const Policies extends readonly Policy<unknown>[] = readonly Policy[],
> extends Policy<AddedBy<Policies>> {
  /** The policies, outermost first. */
  readonly policies: Policies;

  /** Throws a `TypeError` if a policy is in the list twice, directly or within another `Failsafe`. */
  constructor(options: FailsafeOptions<Policies>) {
    const { name, clock, policies, onWarning } = readOptions('Failsafe', options, readers);
    // Before it is registered: `policies()` must not list a policy whose constructor threw.
    const checked = checkPolicies(policies as Policies);
    super(name, clock);
    this.policies = checked;
    warnOfOrder(this.policies, onWarning);
    this.compile();
  }

  get type(): 'failsafe' {
    return 'failsafe';
  }

  /** @internal */
  override get inspected(): object {
    return { policies: this.policies };
  }

  get settings(): PolicySettings {
    const policies = this.policies.map((policy) => policy.settings);
    return { type: 'failsafe', name: this.channel.policyName, policies };
  }

  /** @internal */
  override wrap(fn: (this: unknown, ...args: unknown[]) => unknown): typeof fn {
    return this.policies.length === 0 ? fn : super.wrap(fn);
  }

  /** @internal */
  override wrapped(): void {
    for (const policy of this.policies) policy.wrapped();
  }

  /** @internal */
  get [stage](): Wrapper {
    const { policies, channel } = this;
    return {
      kind: 'wrapper',
      around: (inner: Plan) =>
        new ObservedPlan(
          compile(
            policies.map((policy) => policy[stage]),
            inner,
          ),
          channel,
        ),
    };
  }
}

function checkPolicies<Policies extends readonly Policy<unknown>[]>(given: Policies): Policies {
  if (!Array.isArray(given)) invalid('policies', given, 'an array of policies');
  const seen = new Set<unknown>();
  const visit = (policies: readonly unknown[]): void => {
    policies.forEach((policy, i) => {
      const where = `policies[${String(i)}]`;
      if (!isOwn(policy)) throw new TypeError(`${where}: ${whyNot(policy)}`);
      if (seen.has(policy)) {
        throw new TypeError(
          `${where}: ${describe(policy)} is in the list twice and would count each call twice`,
        );
      }
      seen.add(policy);
      if (policy instanceof Failsafe) visit(policy.policies as readonly unknown[]);
    });
  };
  visit(given);
  return Object.freeze([...given]) as unknown as Policies;
}

function isOwn(value: unknown): value is Policy<unknown> {
  try {
    return value instanceof Policy;
  } catch {
    return false;
  }
}

// The contract between the policies of a pipeline may differ between versions.
function whyNot(value: unknown): string {
  leave(value);
  const policy = policyName(value);
  if (policy === undefined) return `${describe(value)} is not a policy`;
  return (
    `${policy} is from another copy of @highway/resilience; a Failsafe only takes policies of its ` +
    'own copy'
  );
}

function warnOfOrder(policies: readonly Policy<unknown>[], onWarning: OnWarning | undefined): void {
  for (const { code, message } of orderWarnings(policies.map((policy) => policy.settings))) {
    warn(code, message, onWarning);
  }
}
