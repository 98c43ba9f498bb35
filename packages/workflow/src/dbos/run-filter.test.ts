import { describe, expect, it } from 'vitest';
import type { RunFilter } from '../runs.ts';
import { readFilter } from './run-filter.ts';

describe('the filter of a list', () => {
  it.each([
    [{ state: 'parked' }, 'list: unknown option "state"; known are status, circuit'],
    [{ status: 'Parked' }, 'list: status: takes one or several of queued, running, parked'],
    [{ status: ['done', 'toString'] }, 'list: status: takes one or several of'],
    [{ workflow: /buy/ }, 'list: workflow: takes a text'],
    [{ workflow: 'a\0' }, 'list: workflow: "a\\u0000" is not allowed'],
    [{ parent: '\ud83d' }, 'list: parent: "\\ud83d" is not allowed'],
    [{ limit: 0 }, 'list: limit: 0 is not allowed; it takes an integer of at least 1'],
    [{ limit: NaN }, 'list: limit: NaN is not allowed'],
    [{ limit: '5; DROP' }, 'list: limit: 5; DROP is not allowed'],
    [null, 'list: options must be an object'],
  ])('is refused by name where it is bad: %o', (filter, message) => {
    expect(() => readFilter('shop', filter as unknown as RunFilter)).toThrow(message);
  });

  it('asks for the states of all statuses that are wanted, once each', () => {
    const status = ['parked', 'running', 'queued'] as const;
    const { values } = readFilter('shop', { status });
    expect(values).toEqual(['shop', ['PENDING', 'ENQUEUED', 'DELAYED'], status]);
  });

  it('wants the parked where it asks for a circuit, and a hundred where nothing else is said', () => {
    const { values, limit } = readFilter('shop', { circuit: '' });
    expect([values, limit]).toEqual([['shop', ['PENDING'], ['parked'], ''], 100]);
  });

  it('keeps the branches of a run apart from runs whose id begins alike', () => {
    expect(readFilter('shop', { parent: 'o-1' }).values).toEqual(['shop', 'o-1/']);
    expect(readFilter('shop', { parent: '' }).values).toEqual(['shop', '/']);
  });
});
