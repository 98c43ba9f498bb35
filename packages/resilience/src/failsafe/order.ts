import type { PolicySettings } from '../policy.ts';

/** Says which orders of policies, outermost first, are nearly always mistakes. */
export function orderWarnings(chain: readonly PolicySettings[]): string[] {
  const warnings: string[] = [];
  chain.forEach((outer, i) => {
    for (const inner of chain.slice(i + 1)) {
      const warning = judge(outer, inner);
      if (warning) warnings.push(warning);
    }
  });
  return warnings;
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
