import { describe, expect, it } from 'vitest';
import {
  Backoff,
  CircuitBreakerPolicy,
  Failsafe,
  RetryBudget,
  RetryPolicy,
  slow,
} from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { thrown } from '../support/calls.ts';
import {
  badClock,
  badCount,
  badDuration,
  badFraction,
  badFunction,
  badInstance,
  badName,
} from '../support/bad-options.ts';
import type { BadValues } from '../support/bad-options.ts';

interface Subject {
  readonly make: (options: object) => unknown;
  readonly options: Record<string, BadValues>;
}

const common = { name: badName, clock: badClock };
const subjects: Record<string, Subject> = {
  CircuitBreakerPolicy: {
    make: (options) => new CircuitBreakerPolicy(options),
    options: {
      ...common,
      cooldown: badDuration,
      failureThreshold: badFraction,
      successThreshold: badFraction,
      handle: badFunction,
      handleResult: badFunction,
      ignore: badFunction,
      trialTimeout: badDuration,
      maxConcurrentTrials: badCount(1, true),
      rampUp: badDuration,
      onStateChange: badFunction,
      initialState: badInstance('toJSON'),
    },
  },
  RetryPolicy: {
    make: (options) => new RetryPolicy(options),
    options: {
      ...common,
      maxRetries: badCount(0, true),
      backoff: badInstance('Backoff'),
      handle: badFunction,
      handleResult: badFunction,
      maxDuration: badDuration,
      budget: badInstance('RetryBudget'),
      random: badFunction,
      onRetry: badFunction,
    },
  },
  Failsafe: {
    make: (options) => new Failsafe({ policies: [], ...options }),
    options: { ...common, policies: badInstance('policies|policy'), onWarning: badFunction },
  },
  Backoff: {
    make: (options) => new Backoff({ minDelay: 0, maxDelay: '1h', ...options }),
    options: { minDelay: badDuration, maxDelay: badDuration, random: badFunction },
  },
  RetryBudget: {
    make: (options) => new RetryBudget(options),
    options: { window: badDuration, clock: badClock },
  },
};

const cases = Object.entries(subjects).flatMap(([owner, { make, options }]) =>
  Object.entries(options).map(([option, bad]) => ({ owner, option, make, bad })),
);

describe.each(cases)('the option $option of $owner', ({ option, make, bad }) => {
  it('is validated at construction: the error has its name, its value and what is allowed', () => {
    for (const [value, shown] of bad.values) {
      const error = thrown(() => make({ [option]: value })) as Error;
      expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
      expect(error.message).toContain(option);
      expect(error.message).toContain(shown);
      expect(error.message).toMatch(bad.allowed);
    }
  });
});

const optional = cases.filter(({ option }) => !/^(policies|minDelay|maxDelay)$/.test(option));

describe.each(optional)('the option $option of $owner', ({ option, make }) => {
  it('may be undefined, which means its default', () => {
    expect(() => make({ [option]: undefined })).not.toThrow();
  });
});

describe.each(Object.entries(subjects))('%s', (owner, { make, options }) => {
  it('throws for an unknown option; the error names it, the class and the known options', () => {
    for (const unknown of ['treshold', 'Cooldown', 'toString', '']) {
      const error = thrown(() => make({ [unknown]: 1 })) as Error;
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(owner);
      expect(error.message).toContain(`"${unknown}"`);
      for (const option of Object.keys(options)) expect(error.message).toContain(option);
    }
  });

  it('throws for an unknown option even if its value is undefined', () => {
    expect(() => make({ treshold: undefined })).toThrow('treshold');
  });
});

describe('options that are not an object', () => {
  it.each([
    ['CircuitBreakerPolicy', CircuitBreakerPolicy],
    ['RetryPolicy', RetryPolicy],
    ['Failsafe', Failsafe],
    ['Backoff', Backoff],
    ['RetryBudget', RetryBudget],
    ['ManualClock', ManualClock],
  ])('are rejected by %s', (owner, Type) => {
    const Constructor = Type as unknown as new (options: unknown) => unknown;
    for (const options of [null, 5, 'text', [], true]) {
      const error = thrown(() => new Constructor(options));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toContain(owner);
    }
  });

  it('are optional if every option has a default', () => {
    expect(new CircuitBreakerPolicy().state).toBe('CLOSED');
    expect(new RetryPolicy()).toBeInstanceOf(RetryPolicy);
  });
});

describe('a policy', () => {
  it('is not affected by later changes of its options', () => {
    const clock = new ManualClock();
    const options = { clock, cooldown: 1000, name: 'before' };
    const breaker = new CircuitBreakerPolicy(options);
    options.cooldown = 5;
    options.name = 'after';
    breaker.open();
    expect([breaker.retryAfter, breaker.name]).toEqual([1000, 'before']);
  });

  it('accepts Infinity for counts that may be unlimited', () => {
    expect(() => new RetryPolicy({ maxRetries: Infinity })).not.toThrow();
    expect(() => new CircuitBreakerPolicy({ maxConcurrentTrials: Infinity })).not.toThrow();
  });
});

describe('an option of a breaker', () => {
  it('is invalid if it is 0 and would disable the protection (opossum #824 #825)', () => {
    expect(() => new CircuitBreakerPolicy({ failureThreshold: '0/5' })).toThrow('failureThreshold');
    expect(() => new CircuitBreakerPolicy({ maxConcurrentTrials: 0 })).toThrow(
      'maxConcurrentTrials',
    );
    expect(() => slow(0, { slowerThan: '1s' })).toThrow('slow');
  });
});
