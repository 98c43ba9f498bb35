import type { Policy } from '@highway/resilience';
import type { Subject, Target, Work } from '../subject.ts';

/** The function alone, in the same calling function as everything else. */
export function bare(what: keyof Work = 'succeed'): Subject {
  return { name: 'bare', library: 'bare', code: 'fn()', setup: (work) => ({ fn: work[what] }) };
}

/** A call that succeeds, through `execute` of our policy. */
export function highway(
  name: string,
  make: () => Policy<unknown> | Promise<Policy<unknown>>,
  ...targets: readonly Target[]
): Subject {
  return {
    name,
    library: 'highway',
    code: 'policy.execute(fn)',
    setup: async ({ succeed }) => ({ policy: await make(), fn: succeed }),
    targets,
  };
}

/** A call that succeeds, through `execute` of a policy of cockatiel. */
export function cockatiel(name: string, make: () => object | Promise<object>): Subject {
  return {
    name,
    library: 'cockatiel',
    code: 'policy.execute(fn)',
    setup: async ({ succeed }) => ({ policy: await make(), fn: succeed }),
  };
}
