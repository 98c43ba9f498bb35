// Calls with their caller's signal: one that a thousand calls share, and one of the call's own.
import { CircuitBreakerPolicy } from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import { cockatielBreaker } from '../peers.ts';
import { ofPeer } from '../subject.ts';
import type { Subject, Target, TimedQuestion } from '../subject.ts';
import { entries } from './alone.ts';
import {
  cockatielFour,
  cockatielThree,
  cockatielTwo,
  four,
  retryAndBreaker,
  three,
} from './chains.ts';
import { bare } from './subjects.ts';

interface Entry {
  readonly make: () => Policy<unknown>;
  readonly peer?: (() => object) | undefined;
  readonly shared?: readonly Target[];
  readonly own?: readonly Target[];
}

/** A hit of a cache runs nothing that a signal could cancel. */
const policies = Object.entries(entries).filter(([name]) => name !== 'cache-hit');

const subjects: Readonly<Record<string, Entry>> = {
  breaker: {
    make: () => new CircuitBreakerPolicy({ failureThreshold: '50/100' }),
    peer: cockatielBreaker,
    shared: [ofPeer(1.2)],
    own: [ofPeer(0.85)],
  },
  ...Object.fromEntries(policies),
  'retry-breaker': {
    make: retryAndBreaker,
    peer: cockatielTwo,
    shared: [ofPeer(0.7)],
    own: [ofPeer(0.7)],
  },
  'retry-breaker-bulkhead': { make: three, peer: cockatielThree },
  'retry-breaker-timeout-bulkhead': { make: () => four(), peer: cockatielFour },
};

/** How many calls share a signal. */
const sharing = 1000;

/** Makes a new signal after each thousand calls. */
function sharedSignal(): () => AbortSignal {
  let calls = 0;
  let { signal } = new AbortController();
  return () => {
    if (++calls % sharing === 0) ({ signal } = new AbortController());
    return signal;
  };
}

function ownSignal(): AbortSignal {
  return new AbortController().signal;
}

function question(
  name: string,
  { make, peer, shared, own }: Entry,
  sharesSignal: boolean,
): TimedQuestion {
  const makeSignal = (): (() => AbortSignal) => (sharesSignal ? sharedSignal() : ownSignal);
  const highway: Subject = {
    name: 'execute',
    library: 'highway',
    code: 'policy.execute(fn, { signal: signal() })',
    setup: ({ succeed }) => ({ policy: make(), fn: succeed, signal: makeSignal() }),
    targets: (sharesSignal ? shared : own) ?? [],
  };
  const cockatiel: Subject = {
    name: 'cockatiel',
    library: 'cockatiel',
    code: 'policy.execute(fn, signal())',
    setup: ({ succeed }) => ({ policy: peer?.(), fn: succeed, signal: makeSignal() }),
  };
  const which = sharesSignal ? 'a signal that a thousand calls share' : 'a signal of its own';
  return {
    name: `${name}-${sharesSignal ? 'shared' : 'own'}-signal`,
    asks: `What does a call with ${which} cost: ${name.replaceAll('-', ' ')}?`,
    subjects: [bare(), highway, ...(peer === undefined ? [] : [cockatiel])],
  };
}

export const signals: readonly TimedQuestion[] = Object.entries(subjects).flatMap(
  ([name, entry]) => [question(name, entry, true), question(name, entry, false)],
);
