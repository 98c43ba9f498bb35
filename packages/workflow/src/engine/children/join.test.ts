import { describe, expect, it } from 'vitest';
import { assertJoined, checkJoin } from './join.ts';
import type { Join, Settled } from './join.ts';

const outcomesOf = (text: string): Map<string, Settled<unknown>> =>
  new Map(
    Array.from(text, (end, i) => [
      `b${i}`,
      end === '+' ? { ok: true, value: i } : { ok: false, error: new Error(`no ${i}`) },
    ]),
  );

const keysOf = (total: number): string[] => Array.from({ length: total }, (_, i) => `b${i}`);

describe('join', () => {
  it.each<[Join, string, number]>([
    ['all', '++', 2],
    ['all', '', 0],
    ['settled', '--', 2],
    ['any', '-+', 3],
    ['any', '', 0],
    [{ atLeast: 2 }, '+-+', 4],
  ])('%j succeeds with the outcomes "%s" of %i child runs', (join, ends, total) => {
    expect(() => {
      assertJoined('notify', join, outcomesOf(ends), keysOf(total));
    }).not.toThrow();
  });

  it.each<[Join, string, number, string]>([
    ['all', '+--', 3, 'no 1'],
    ['any', '--', 2, 'notify: needs 1 child runs to succeed, but b0, b1 failed: no 0'],
    [{ atLeast: 2 }, '--+', 3, 'notify: needs 2 child runs to succeed, but b0, b1 failed: no 0'],
  ])('%j fails with the outcomes "%s" of %i child runs', (join, ends, total, message) => {
    expect(() => {
      assertJoined('notify', join, outcomesOf(ends), keysOf(total));
    }).toThrow(message);
  });

  it.each<[Join, string, number]>([
    ['all', '++', 3],
    ['all', '++', 1],
    ['settled', '+-', 3],
    ['any', '-', 2],
    [{ atLeast: 2 }, '+-', 3],
  ])(
    `%j rejects the outcomes "%s", which don't decide a join of %i child runs`,
    (join, ends, total) => {
      expect(() => {
        assertJoined('notify', join, outcomesOf(ends), keysOf(total));
      }).toThrow(expect.objectContaining({ code: 'ERR_REPLAY' }) as Error);
    },
  );

  it('rejects the outcomes of other child runs', () => {
    expect(() => {
      assertJoined('notify', 'all', outcomesOf('+'), ['other']);
    }).toThrow('notify: the journal holds the outcomes of the child runs b0');
  });

  it.each([['some'], [{ atLeast: 0 }], [{ atLeast: 3 }], [{ atLeast: 1.5 }], [null]])(
    'rejects an invalid join: %j',
    (join) => {
      expect(() => checkJoin('all "notify"', join, 2)).toThrow('join: expected');
    },
  );
});
