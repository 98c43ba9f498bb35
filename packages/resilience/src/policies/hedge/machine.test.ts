import { describe, expect, it, vi } from 'vitest';
import { RejectedError } from '../../errors.ts';
import { RetriesExceededError } from '../retry/errors.ts';
import { afterFailure, judgeError, judgeValue } from './machine.ts';

const none = { handle: undefined, handleResult: undefined };
const rejected = new RejectedError('rejected', { code: 'ERR_TEST' });

describe('judging a value', () => {
  it('takes every value for the answer where nothing says otherwise', () => {
    for (const value of [undefined, null, 0, '', false])
      expect(judgeValue(none, value)).toBe('won');
  });

  it('asks handleResult', () => {
    const rules = { ...none, handleResult: (value: unknown) => value === 1 };
    expect(judgeValue(rules, 1)).toBe('handled');
    expect(judgeValue(rules, 0)).toBe('won');
  });
});

describe('judging an error', () => {
  it('handles every error by default, whatever was thrown', () => {
    for (const error of [new Error('boom'), undefined, null, 0, 'text']) {
      expect(judgeError(none, error)).toBe('handled');
    }
  });

  it('takes a rejection for no outcome, and asks nobody about it', () => {
    const handle = vi.fn(() => true);
    const wrapped = new RetriesExceededError(2, rejected);
    for (const error of [rejected, wrapped]) {
      expect(judgeError(none, error)).toBe('rejected');
      expect(judgeError({ ...none, handle }, error)).toBe('rejected');
    }
    expect(handle).not.toHaveBeenCalled();
  });

  it('asks handle', () => {
    const rules = { ...none, handle: (error: unknown) => error === 'text' };
    expect(judgeError(rules, 'text')).toBe('handled');
    expect(judgeError(rules, '')).toBe('unhandled');
  });
});

describe('what a failed attempt leads to', () => {
  const yes = (): boolean => true;
  const no = (): boolean => false;

  it('ends the call at an unhandled error, whoever still runs', () => {
    expect(afterFailure('unhandled', 3, yes)).toBe('end');
  });

  it('starts the next attempt at a handled one, if there may be one', () => {
    expect(afterFailure('handled', 1, yes)).toBe('start');
    expect(afterFailure('handled', 0, yes)).toBe('start');
  });

  it('waits for those that still run where there may be no more', () => {
    expect(afterFailure('handled', 1, no)).toBe('wait');
  });

  it('has run out of attempts when none runs and none may start', () => {
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
