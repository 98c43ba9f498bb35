import { CircuitBreakerPolicy } from '@highway/resilience';
import { cockatielBreaker, openCockatielBreaker, opossumBreaker } from '../peers.ts';
import { ofPeer, timesBare } from '../subject.ts';
import type { Subject, Target, TimedQuestion, Work } from '../subject.ts';
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

type Pick = (work: Work) => Work['succeed'];

/** The forms of a call through our breaker. */
function highway(make: () => CircuitBreakerPolicy, of: Pick, ...targets: Target[]): Subject[] {
  const library = 'highway';
  const setup = (work: Work) => ({ policy: make(), fn: of(work) });
  const wrap = (work: Work) => ({ wrapped: make()(of(work)) });
  return [
    { name: 'execute', library, code: 'policy.execute(fn)', setup, targets },
    { name: 'wrapped', library, code: 'wrapped()', setup: wrap, targets },
  ];
}

function cockatiel(make: () => object | Promise<object>, of: Pick): Subject {
  const setup = async (work: Work) => ({ policy: await make(), fn: of(work) });
  return { name: 'cockatiel', library: 'cockatiel', code: 'policy.execute(fn)', setup };
}

function opossum(of: Pick, open: boolean): Subject {
  const setup = (work: Work) => {
    const policy = opossumBreaker(of(work));
    if (open) policy.open();
    return { policy };
  };
  return { name: 'opossum', library: 'opossum', code: 'policy.fire()', setup };
}

const succeed = (work: Work) => work.succeed;
const fail = (work: Work) => work.fail;

export const breakerSuccess: TimedQuestion = {
  name: 'breaker-success',
  asks: 'What does a closed circuit breaker cost a call that succeeds?',
  subjects: [
    bare(),
    ...highway(breaker, succeed, timesBare(1.3)),
    cockatiel(() => cockatielBreaker(0.99), succeed),
    opossum(succeed, false),
  ],
};

export const breakerFailure: TimedQuestion = {
  name: 'breaker-failure',
  asks: 'What does a closed circuit breaker cost a call that fails? (49 of 50 calls do, with an error created beforehand.)',
  subjects: [
    bare('fail'),
    ...highway(breaker, fail),
    cockatiel(() => cockatielBreaker(0.99), fail),
    opossum(fail, false),
  ],
};

export const breakerRejection: TimedQuestion = {
  name: 'breaker-rejection',
  asks: 'What does a rejection by an open circuit cost?',
  subjects: [
    bare('fail'),
    ...highway(openBreaker, succeed, ofPeer(1 / 3)),
    cockatiel(openCockatielBreaker, succeed),
    opossum(succeed, true),
  ],
};
