import { describe, expect, it } from 'vitest';
import { deadlineHeader, formatDeadline, readDeadline } from './deadline.ts';

describe('formatDeadline', () => {
  it.each([
    [1_000, '950'],
    [10_000.7, '9500'],
    [1, '0'],
    [0, '0'],
    [-5, '0'],
    [1e15, '99999999999'],
  ])('keeps 5 % of %j ms for the way', (leftMs, expected) => {
    expect(formatDeadline(leftMs)).toBe(expected);
  });

  it('says nothing where there is no deadline', () => {
    expect(formatDeadline(Infinity)).toBeUndefined();
    expect(formatDeadline(Number.NaN)).toBeUndefined();
  });

  it('writes what readDeadline reads', () => {
    for (const leftMs of [0, 100, 30_000, 1e15]) {
      const value = formatDeadline(leftMs)!;
      expect(readDeadline({ [deadlineHeader]: value })).toBe(Number(value));
    }
  });
});

describe('readDeadline', () => {
  it.each([
    ['x-highway-timeout-ms', '250', 250],
    ['x-highway-timeout-ms', ' 250 ', 250],
    ['x-highway-timeout-ms', '0', 0],
    ['x-highway-timeout-ms', '300, 200', 200],
    ['x-envoy-expected-rq-timeout-ms', '1500', 1_500],
    ['grpc-timeout', '2H', 7_200_000],
    ['grpc-timeout', '3M', 180_000],
    ['grpc-timeout', '4S', 4_000],
    ['grpc-timeout', '99999999m', 99_999_999],
    ['grpc-timeout', '1500u', 1.5],
    ['grpc-timeout', '2000000n', 2],
    ['grpc-timeout', '0n', 0],
  ])('reads %s: %s', (header, value, expected) => {
    expect(readDeadline({ [header]: value })).toBe(expected);
    expect(readDeadline(new Headers({ [header]: value }))).toBe(expected);
  });

  it.each([
    ['x-highway-timeout-ms', ''],
    ['x-highway-timeout-ms', '-1'],
    ['x-highway-timeout-ms', '1.5'],
    ['x-highway-timeout-ms', '1e3'],
    ['x-highway-timeout-ms', '2s'],
    ['x-highway-timeout-ms', '9'.repeat(400)],
    ['x-envoy-expected-rq-timeout-ms', 'soon'],
    ['grpc-timeout', '5'],
    ['grpc-timeout', '5s'],
    ['grpc-timeout', 'S'],
    ['grpc-timeout', '123456789S'],
  ])('reads nothing from %s: %j', (header, value) => {
    expect(readDeadline({ [header]: value })).toBeUndefined();
  });

  it('takes the shortest of several, and passes over those that it cannot read', () => {
    expect(
      readDeadline({
        'x-highway-timeout-ms': '900',
        'grpc-timeout': '300m',
        'x-envoy-expected-rq-timeout-ms': 'x',
      }),
    ).toBe(300);
    expect(readDeadline({ 'x-highway-timeout-ms': 'soon, 40' })).toBe(40);
  });

  it('reads nothing where there is no header', () => {
    expect(readDeadline({})).toBeUndefined();
    expect(readDeadline(new Headers())).toBeUndefined();
  });
});
