import { describe, expect, it } from 'vitest';
import type { RunFilter } from '../client/run-types.ts';
import { readFilter } from './run-filter.ts';

describe('the filter of runs.list', () => {
  it.each([
    [{ state: 'parked' }, 'list: unknown option "state"; known options are status, circuit'],
    [{ status: 'Parked' }, 'list: status: expected one or more of queued, running, parked'],
    [{ status: ['done', 'toString'] }, 'list: status: expected one or more of'],
    [{ workflow: /buy/ }, 'list: workflow: expected a string'],
    [{ workflow: 'a\0' }, 'list: workflow: "a\\u0000" is invalid'],
    [{ parent: '\ud83d' }, 'list: parent: "\\ud83d" is invalid'],
    [{ limit: 0 }, 'list: limit: 0 is invalid; expected an integer of at least 1'],
    [{ limit: NaN }, 'list: limit: NaN is invalid'],
    [{ limit: '5; DROP' }, 'list: limit: 5; DROP is invalid'],
    [null, 'list: options must be an object'],
  ])('is invalid, and the error names the option: %o', (filter, message) => {
    expect(() => readFilter('shop', filter as unknown as RunFilter)).toThrow(message);
  });

  it('queries each database status once', () => {
    const status = ['parked', 'running', 'queued'] as const;
    const { values } = readFilter('shop', { status });
    expect(values).toEqual(['shop', ['PENDING', 'ENQUEUED', 'DELAYED'], status]);
  });

  it('matches parked runs if it has only a circuit, and limits the list to 100 by default', () => {
    const { values, limit } = readFilter('shop', { circuit: '' });
    expect([values, limit]).toEqual([['shop', ['PENDING'], ['parked'], ''], 100]);
  });

  it('does not mix up the child runs of a run with runs whose id has the same prefix', () => {
    expect(readFilter('shop', { parent: 'o-1' }).values).toEqual(['shop', 'o-1/']);
    expect(readFilter('shop', { parent: '' }).values).toEqual(['shop', '/']);
  });
});
