import type { WarningCode } from '../../support/warn.ts';
import type { PolicySettings } from '../../policy.ts';

/** A warning about an order of policies. */
export interface OrderWarning {
  readonly code: WarningCode;
  readonly message: string;
}

/** Finds orders of policies, outermost first, that are nearly always mistakes. */
export function orderWarnings(policies: readonly PolicySettings[]): OrderWarning[] {
  const warnings: OrderWarning[] = [];
  policies.forEach((policy, i) => {
    // A nested `Failsafe` has warned about its own order.
    for (const outer of flatten([policy])) {
      for (const inner of flatten(policies.slice(i + 1))) {
        const warning = judge(outer, inner);
        if (warning !== undefined) warnings.push(warning);
      }
    }
  });
  return warnings;
}

/** Replaces a nested `Failsafe` by its policies. */
function flatten(policies: readonly PolicySettings[]): PolicySettings[] {
  return policies.flatMap((each) =>
    each.type === 'failsafe' ? flatten(each['policies'] as PolicySettings[]) : each,
  );
}

function judge(outer: PolicySettings, inner: PolicySettings): OrderWarning | undefined {
  const rule = rules[`${outer.type} ${inner.type}`];
  const why = rule?.why(outer, inner);
  if (rule === undefined || why === undefined) return undefined;
  return { code: rule.code, message: `${label(outer)} outside ${label(inner)}: ${why}` };
}

interface Rule {
  readonly code: WarningCode;
  /** Why it is a mistake, or `undefined` if it is not. */
  readonly why: (outer: PolicySettings, inner: PolicySettings) => string | undefined;
}

const rules: Readonly<Record<string, Rule>> = {
  'circuitBreaker retry': {
    code: 'HIGHWAY_RETRY_INSIDE_BREAKER',
    why: () => 'the circuit sees a call only after its last retry; swap them',
  },
  'circuitBreaker fallback': {
    code: 'HIGHWAY_FALLBACK_INSIDE_BREAKER',
    why: () => 'the circuit does not see the failures that the fallback replaces; swap them',
  },
  'retry retry': {
    code: 'HIGHWAY_RETRY_INSIDE_RETRY',
    why: (outer, inner) =>
      outer['maxRetries'] === 0 || inner['maxRetries'] === 0
        ? undefined
        : 'their attempts multiply; use only one of them',
  },
  'bulkhead hedge': {
    code: 'HIGHWAY_BULKHEAD_OUTSIDE_HEDGE',
    why: () => 'one slot is held for several attempts; swap them',
  },
  'timeout retry': {
    code: 'HIGHWAY_TIMEOUT_SHORTER_THAN_RETRY',
    // The timeout is meant to end unlimited retries.
    why: ({ timeout }, { longestWait }) =>
      typeof timeout === 'number' &&
      typeof longestWait === 'number' &&
      timeout < longestWait &&
      longestWait !== Infinity
        ? `the retries may wait ${String(longestWait)} ms, longer than its ${String(timeout)} ms`
        : undefined,
  },
};

function label({ type, name }: PolicySettings): string {
  return typeof name === 'string' ? `${type} "${name}"` : type;
}
