import { describe, expect, it } from 'vitest';
import { assertJoined, checkJoin } from './join.ts';
import type { Join, Settled } from './join.ts';

const endsOf = (text: string): Map<string, Settled<unknown>> =>
  new Map(
    Array.from(text, (end, i) => [
      `b${i}`,
      end === '+' ? { ok: true, value: i } : { ok: false, error: new Error(`no ${i}`) },
    ]),
  );

const keysOf = (total: number): string[] => Array.from({ length: total }, (_, i) => `b${i}`);

describe('a join', () => {
  it.each<[Join, string, number]>([
    ['all', '++', 2],
    ['all', '', 0],
    ['settled', '--', 2],
    ['any', '-+', 3],
    ['any', '', 0],
    [{ atLeast: 2 }, '+-+', 4],
  ])('%j of the ends "%s" of %i branches has succeeded', (join, ends, total) => {
    expect(() => {
      assertJoined('notify', join, endsOf(ends), keysOf(total));
    }).not.toThrow();
  });

  it.each<[Join, string, number, string]>([
    ['all', '+--', 3, 'no 1'],
    ['any', '--', 2, 'notify: needs 1 branches to succeed, but b0, b1 failed: no 0'],
    [{ atLeast: 2 }, '--+', 3, 'notify: needs 2 branches to succeed, but b0, b1 failed: no 0'],
  ])('%j of the ends "%s" of %i branches has failed', (join, ends, total, message) => {
    expect(() => {
      assertJoined('notify', join, endsOf(ends), keysOf(total));
    }).toThrow(message);
  });

  it.each<[Join, string, number]>([
    ['all', '++', 3],
    ['all', '++', 1],
    ['settled', '+-', 3],
    ['any', '-', 2],
    [{ atLeast: 2 }, '+-', 3],
  ])('%j knows that the ends "%s" are not those of %i branches', (join, ends, total) => {
    expect(() => {
      assertJoined('notify', join, endsOf(ends), keysOf(total));
    }).toThrow(expect.objectContaining({ code: 'ERR_REPLAY' }) as Error);
  });

  it('knows that the ends are those of others', () => {
    expect(() => {
      assertJoined('notify', 'all', endsOf('+'), ['other']);
    }).toThrow('notify: the journal holds the ends of the branches b0');
  });

  it.each([['some'], [{ atLeast: 0 }], [{ atLeast: 3 }], [{ atLeast: 1.5 }], [null]])(
    'is refused where it asks for what there is not: %j',
    (join) => {
      expect(() => checkJoin('all "notify"', join, 2)).toThrow('join takes');
    },
  );
});
