import type { PolicySettings } from '../policy.ts';

/** Says which orders of policies, outermost first, are nearly always mistakes. */
export function orderWarnings(policies: readonly PolicySettings[]): string[] {
  const warnings: string[] = [];
  policies.forEach((policy, i) => {
    // What is wrong within a nested `Failsafe`, that one has said itself.
    for (const outer of flatten([policy])) {
      for (const inner of flatten(policies.slice(i + 1))) {
        const warning = judge(outer, inner);
        if (warning) warnings.push(warning);
      }
    }
  });
  return warnings;
}

/** A nested `Failsafe` stands for its policies. */
function flatten(policies: readonly PolicySettings[]): PolicySettings[] {
  return policies.flatMap((each) =>
    each.type === 'failsafe' ? flatten(each['policies'] as PolicySettings[]) : each,
  );
}

function judge(outer: PolicySettings, inner: PolicySettings): string | false | undefined {
  const why = reasons[`${outer.type} ${inner.type}`]?.(outer, inner);
  return why && `${label(outer)} outside ${label(inner)}: ${why}`;
}

const reasons: Record<
  string,
  (outer: PolicySettings, inner: PolicySettings) => string | false | undefined
> = {
  'circuitBreaker retry': () => 'the circuit only sees calls after their last retry; swap them',
  'bulkhead hedge': () => 'one place is held for several calls; swap them',
  // Retries without end are meant to be ended by the timeout.
  'timeout retry': ({ timeout }, { longestWait }) =>
    typeof timeout === 'number' &&
    typeof longestWait === 'number' &&
    timeout < longestWait &&
    longestWait !== Infinity &&
    `the retries may wait ${String(longestWait)} ms, longer than its ${String(timeout)} ms`,
};

function label({ type, name }: PolicySettings): string {
  return typeof name === 'string' ? `${type} "${name}"` : type;
}
