import { CircuitBreakerPolicy } from '@highway/resilience';
import { cockatielBreaker, openCockatielBreaker, opossumBreaker } from '../peers.ts';
import { ofCockatiel, timesBare } from '../subject.ts';
import type { Subject, TimedQuestion, Work } from '../subject.ts';
import { bare } from './subjects.ts';

/** Never opens, though 98 of 100 calls fail. */
function breaker(): CircuitBreakerPolicy {
  return new CircuitBreakerPolicy({ failureThreshold: '100/100', cooldown: '1h' });
}

function openBreaker(): CircuitBreakerPolicy {
  const open = breaker();
  open.open();
  return open;
}

/** The forms of a call through our breaker. */
function highway(make: () => CircuitBreakerPolicy, of: (work: Work) => Work['succeed']): Subject[] {
  const library = 'highway';
  const setup = (work: Work) => ({ policy: make(), fn: of(work) });
  const wrap = (work: Work) => ({ wrapped: make()(of(work)) });
  const listen = (work: Work) => ({ ...setup(work), options: { signal: signal() } });
  return [
    { name: 'execute', library, code: 'policy.execute(fn)', setup },
    { name: 'wrapped', library, code: 'wrapped()', setup: wrap },
    { name: 'execute, signal', library, code: 'policy.execute(fn, options)', setup: listen },
  ];
}

/** The forms of a call through cockatiel's breaker. */
function cockatiel(
  make: () => object | Promise<object>,
  of: (work: Work) => Work['succeed'],
): Subject[] {
  const library = 'cockatiel';
  const setup = async (work: Work) => ({ policy: await make(), fn: of(work), signal: signal() });
  return [
    { name: 'cockatiel', library, code: 'policy.execute(fn)', setup },
    { name: 'cockatiel, signal', library, code: 'policy.execute(fn, signal)', setup },
  ];
}

function opossum(of: (work: Work) => Work['succeed'], open: boolean): Subject {
  const setup = (work: Work) => {
    const policy = opossumBreaker(of(work));
    if (open) policy.open();
    return { policy };
  };
  return { name: 'opossum', library: 'opossum', code: 'policy.fire()', setup };
}

function signal(): AbortSignal {
  return new AbortController().signal;
}

/** Gives the first two forms, those without a signal, a target; signals have their own rival. */
function judged(subjects: readonly Subject[], target: Subject['targets']): Subject[] {
  return subjects.map((subject) =>
    subject.name.endsWith('signal')
      ? { ...subject, rival: 'cockatiel, signal' }
      : { ...subject, ...(target !== undefined && { targets: target }) },
  );
}

const succeed = (work: Work) => work.succeed;
const fail = (work: Work) => work.fail;

export const breakerSuccess: TimedQuestion = {
  name: 'breaker-success',
  asks: 'What does a closed circuit breaker cost a call that succeeds?',
  subjects: [
    bare(),
    ...judged(highway(breaker, succeed), [timesBare(1.3)]),
    ...cockatiel(() => cockatielBreaker(0.99), succeed),
    opossum(succeed, false),
  ],
};

export const breakerFailure: TimedQuestion = {
  name: 'breaker-failure',
  asks: 'What does it cost a call that fails? (49 of 50 do, with an error made beforehand.)',
  subjects: [
    bare('fail'),
    ...judged(highway(breaker, fail), undefined),
    ...cockatiel(() => cockatielBreaker(0.99), fail),
    opossum(fail, false),
  ],
};

export const breakerRejection: TimedQuestion = {
  name: 'breaker-rejection',
  asks: 'What does a rejection by an open circuit cost?',
  subjects: [
    bare('fail'),
    ...judged(highway(openBreaker, succeed), [ofCockatiel(1 / 3)]),
    ...cockatiel(openCockatielBreaker, succeed),
    opossum(succeed, true),
  ],
};
