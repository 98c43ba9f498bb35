// What those pay who listen to events, or whose functions take their context.
import { CircuitBreakerPolicy, observe } from '@highway/resilience';
import type { CallContext } from '@highway/resilience';
import type { Subject, TimedQuestion, Work } from '../subject.ts';
import { bare } from './subjects.ts';

const stops: (() => void)[] = [];

const breaker = (name?: string): CircuitBreakerPolicy =>
  new CircuitBreakerPolicy({ name, failureThreshold: '50/100' });

function subject(
  name: string,
  make: () => CircuitBreakerPolicy,
  fn: (work: Work) => unknown = (work) => work.succeed,
): Subject {
  const setup = (work: Work) => ({ policy: make(), fn: fn(work) });
  return { name, library: 'highway', code: 'policy.execute(fn)', setup };
}

export const listeners: TimedQuestion = {
  name: 'breaker-listeners',
  asks: 'What do listeners of events, and contexts, add to a call through a closed breaker?',
  peer: 'nobody listens',
  subjects: [
    bare(),
    subject('nobody listens', () => breaker()),
    subject('observe, types: stateChange', () => {
      stops.push(observe(() => undefined, { types: ['stateChange'] }));
      return breaker('observed');
    }),
    subject('on success and failure', () => {
      const policy = breaker();
      policy.on('success', () => undefined);
      policy.on('failure', () => undefined);
      return policy;
    }),
    subject(
      'function names its context',
      () => breaker(),
      ({ succeed }) => {
        return (context: CallContext) => succeed.call(context);
      },
    ),
    subject(
      'function reads attempt',
      () => breaker(),
      ({ succeed }) => {
        return ({ attempt }: CallContext) => (attempt === 1 ? succeed() : undefined);
      },
    ),
    subject(
      'function reads signal',
      () => breaker(),
      ({ succeed }) => {
        return ({ signal }: CallContext) => (signal.aborted ? undefined : succeed());
      },
    ),
  ],
  end: () => {
    for (const stop of stops.splice(0)) stop();
    return Promise.resolve();
  },
};
