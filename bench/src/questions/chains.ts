import {
  BulkheadPolicy,
  CircuitBreakerPolicy,
  Failsafe,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { Clock } from '@highway/resilience';
import { wrap } from 'cockatiel';
import * as peers from '../peers.ts';
import { fasterThanPeer, timesBare } from '../subject.ts';
import type { TimedQuestion } from '../subject.ts';
import { bare, cockatiel, highway } from './subjects.ts';

export function retryAndBreaker(): Failsafe {
  return new Failsafe({
    policies: [new RetryPolicy(), new CircuitBreakerPolicy({ failureThreshold: '50/100' })],
  });
}

export function three(): Failsafe {
  return new Failsafe({
    policies: [
      new RetryPolicy(),
      new CircuitBreakerPolicy({ failureThreshold: '50/100' }),
      new BulkheadPolicy({ maxConcurrent: 10, maxQueued: 10 }),
    ],
  });
}

/** The clock and the bulkhead's size are for those who count what many calls at once cost. */
export function four(clock?: Clock, maxConcurrent = 10): Failsafe {
  return new Failsafe({
    policies: [
      new RetryPolicy({ clock }),
      new CircuitBreakerPolicy({ clock, failureThreshold: '50/100' }),
      new TimeoutPolicy({ clock, timeout: '1h' }),
      new BulkheadPolicy({ clock, maxConcurrent, maxQueued: 10 }),
    ],
  });
}

export function cockatielTwo(): object {
  return wrap(peers.cockatielRetry(), peers.cockatielBreaker());
}

export function cockatielThree(): object {
  return wrap(peers.cockatielRetry(), peers.cockatielBreaker(), peers.cockatielBulkhead());
}

export function cockatielFour(): object {
  return wrap(
    peers.cockatielRetry(),
    peers.cockatielBreaker(),
    peers.cockatielTimeout(),
    peers.cockatielBulkhead(),
  );
}

export const chains: readonly TimedQuestion[] = [
  {
    name: 'retry-breaker',
    asks: 'What do a retry and a breaker cost a call that succeeds?',
    subjects: [
      bare(),
      highway('Failsafe', retryAndBreaker, timesBare(1.6)),
      cockatiel('wrap', cockatielTwo),
    ],
  },
  {
    name: 'retry-breaker-bulkhead',
    asks: 'What do a retry, a breaker and a bulkhead cost a call that succeeds?',
    subjects: [
      bare(),
      highway('Failsafe', three, timesBare(2.3)),
      cockatiel('wrap', cockatielThree),
    ],
  },
  {
    name: 'retry-breaker-timeout-bulkhead',
    asks: 'What do a retry, a breaker, a timeout and a bulkhead cost a call that succeeds?',
    subjects: [
      bare(),
      highway('Failsafe', () => four(), timesBare(4.5), fasterThanPeer(20)),
      cockatiel('wrap', cockatielFour),
    ],
  },
];
