import { describe, expect, it, vi } from 'vitest';
import { RejectedError } from '../../errors.ts';
import { RetriesExceededError } from '../retry/errors.ts';
import { afterFailure, judgeError, judgeValue } from './machine.ts';

const none = { handle: undefined, handleResult: undefined };
const rejected = new RejectedError('rejected', { code: 'ERR_TEST' });

describe('judging a value', () => {
  it('takes every value as the answer by default', () => {
    for (const value of [undefined, null, 0, '', false])
      expect(judgeValue(none, value, 1, undefined)).toBe('won');
  });

  it('calls handleResult', () => {
    const rules = { ...none, handleResult: (value: unknown) => value === 1 };
    expect(judgeValue(rules, 1, 1, undefined)).toBe('handled');
    expect(judgeValue(rules, 0, 1, undefined)).toBe('won');
  });
});

describe('judging an error', () => {
  it('takes every error as a failure by default, whatever was thrown', () => {
    for (const error of [new Error('boom'), undefined, null, 0, 'text']) {
      expect(judgeError(none, error, 1, undefined)).toBe('handled');
    }
  });

  it('takes a rejection as no outcome, and calls no predicate', () => {
    const handle = vi.fn(() => true);
    const wrapped = new RetriesExceededError(2, rejected);
    for (const error of [rejected, wrapped]) {
      expect(judgeError(none, error, 1, undefined)).toBe('rejected');
      expect(judgeError({ ...none, handle }, error, 1, undefined)).toBe('rejected');
    }
    expect(handle).not.toHaveBeenCalled();
  });

  it('calls handle', () => {
    const rules = { ...none, handle: (error: unknown) => error === 'text' };
    expect(judgeError(rules, 'text', 1, undefined)).toBe('handled');
    expect(judgeError(rules, '', 1, undefined)).toBe('unhandled');
  });
});

describe('judging', () => {
  it('tells predicates the number of the attempt and the data of its call', () => {
    const judge = vi.fn(() => true);
    judgeValue({ ...none, handleResult: judge }, 1, 2, 'data');
    judgeError({ ...none, handle: judge }, rejected.name, 3, 'data');
    expect(judge.mock.calls).toEqual([
      [1, 2, 'data'],
      [rejected.name, 3, 'data'],
    ]);
  });
});

describe('the decision after a failed attempt', () => {
  const yes = (): boolean => true;
  const no = (): boolean => false;

  it('ends the call at an error for which handle returns false, even if others still run', () => {
    expect(afterFailure('unhandled', 3, yes)).toBe('end');
  });

  it('starts the next attempt at other errors, if another is allowed', () => {
    expect(afterFailure('handled', 1, yes)).toBe('start');
    expect(afterFailure('handled', 0, yes)).toBe('start');
  });

  it('waits for running attempts if no more are allowed', () => {
    expect(afterFailure('handled', 1, no)).toBe('wait');
  });

  it('ends the call when no attempt runs and no more are allowed', () => {
    expect(afterFailure('handled', 0, no)).toBe('exhausted');
  });

  it('starts nothing after a rejection, and takes nothing from the budget', () => {
    const mayStart = vi.fn(yes);
    expect(afterFailure('rejected', 1, mayStart)).toBe('wait');
    expect(afterFailure('rejected', 0, mayStart)).toBe('exhausted');
    expect(afterFailure('unhandled', 0, mayStart)).toBe('end');
    expect(mayStart).not.toHaveBeenCalled();
  });
});
