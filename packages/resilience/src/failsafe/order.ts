import type { PolicySettings } from '../policy.ts';

/** Says which orders of policies, outermost first, are nearly always mistakes. */
export function orderWarnings(chain: readonly PolicySettings[]): string[] {
  const warnings: string[] = [];
  chain.forEach((outer, i) => {
    for (const inner of chain.slice(i + 1)) {
      const warning = judge(outer, inner);
      if (warning !== undefined) warnings.push(warning);
    }
  });
  return warnings;
}

function judge(outer: PolicySettings, inner: PolicySettings): string | undefined {
  const pair = `${label(outer)} outside ${label(inner)}`;
  switch (`${outer.type} ${inner.type}`) {
    case 'circuitBreaker retry':
      return (
        `${pair}: the circuit sees a call only after its last retry, so it opens late; ` +
        'put the retry outside the breaker'
      );
    case 'bulkhead hedge':
      return (
        `${pair}: one place is held for several calls, so the bulkhead does not bound what the ` +
        'dependency gets; put the hedge outside the bulkhead'
      );
    case 'timeout retry':
      return timeoutWarning(pair, outer, inner);
    default:
      return undefined;
  }
}

function timeoutWarning(
  pair: string,
  { timeoutMs }: PolicySettings,
  { longestWaitMs }: PolicySettings,
): string | undefined {
  if (typeof timeoutMs !== 'number' || typeof longestWaitMs !== 'number') return undefined;
  // Retries without end are meant to be ended by the timeout.
  if (timeoutMs >= longestWaitMs || longestWaitMs === Infinity) return undefined;
  return (
    `${pair}: its ${String(timeoutMs)} ms are less than the ${String(longestWaitMs)} ms that the ` +
    'retries may wait, so the last of them never come; allow more, or retry less'
  );
}

function label({ type, name }: PolicySettings): string {
  return typeof name === 'string' && name !== '' ? `the ${type} "${name}"` : `the ${type}`;
}
