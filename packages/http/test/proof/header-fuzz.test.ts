import { retryAfterOf } from '@highway/http';
import { seededRandom } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { readDeadline } from '../../src/headers/deadline.ts';
import { isFull } from './parameters.ts';

const count = isFull ? 10_000_000 : 50_000;
const now = 1_767_323_045_250;
const random = seededRandom(Number(process.env['HTTP_SEED'] ?? 1));
const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;

const names = [
  'retry-after',
  'ratelimit',
  'ratelimit-reset',
  'x-ratelimit-reset',
  'x-ratelimit-remaining',
  'grpc-timeout',
  'x-highway-timeout-ms',
  'x-envoy-expected-rq-timeout-ms',
];
/** Parts of valid values, so that most are nearly valid. */
const parts = [
  '0',
  '1',
  '30',
  '1e9',
  '-',
  '.',
  ',',
  ' ',
  ', ',
  ';',
  '=',
  '"',
  '"default"',
  'r=0',
  ';t=30',
  'limit=10',
  'remaining=0',
  'reset=7',
  'Fri',
  ', 02 Jan 2026 ',
  '03:04:06',
  ' GMT',
  'Friday, 02-Jan-26 ',
  '1767323050',
  '1767323050000',
  'm',
  'S',
  'NaN',
  '\u0000',
  '\uD800',
  'ü',
  '(',
  ')',
  ':YQ==:',
  '?1',
  '@1',
  '9'.repeat(25),
];

function value(): string {
  let text = '';
  for (let left = Math.floor(random() * 7); left > 0; left--) text += pick(parts);
  return random() < 0.001 ? text.repeat(2_000) : text;
}

describe('headers of any content', () => {
  it('are read as a time from 0 on, or as none, and never throw', () => {
    let read = 0;
    const wrong: unknown[] = [];
    for (let input = 0; input < count; input++) {
      const headers = { [pick(names)]: value(), [pick(names)]: value() };
      const wait = retryAfterOf(headers, now);
      const left = readDeadline(headers);
      for (const ms of [wait, left]) {
        const isTime = ms === undefined || (ms >= 0 && Number.isFinite(ms));
        if (!isTime) wrong.push({ headers, ms });
      }
      if (wait !== undefined) read++;
    }
    if (isFull) console.log(`${count} inputs, ${read} of them with a wait`);
    expect(wrong).toEqual([]);
    expect(read).toBeGreaterThan(count / 100);
  }, 3_600_000);

  it('with a number of seconds are read as that number', () => {
    for (let input = 0; input < 1_000; input++) {
      const seconds = Math.floor(random() * 1e9);
      expect(retryAfterOf({ 'retry-after': String(seconds) }, now)).toBe(seconds * 1_000);
      const at = now + Math.floor(random() * 1e9);
      const date = new Date(at).toUTCString();
      expect(retryAfterOf({ 'retry-after': date }, now)).toBe(Math.max(0, Date.parse(date) - now));
    }
  });
});
