import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, Fraction } from '@highway/resilience';
import { play, thrown } from '../support/calls.ts';

describe('Fraction', () => {
  it('keeps the numerator and denominator it was given', () => {
    const fraction = new Fraction(2, 4);
    expect(fraction.numerator).toBe(2);
    expect(fraction.denominator).toBe(4);
  });

  it('is never reduced', () => {
    expect(new Fraction(2, 4).toString()).toBe('2/4');
    expect(String(new Fraction(10, 20))).toBe('10/20');
    expect(['', new Fraction(5, 5)].join('')).toBe('5/5');
  });

  it('has the quotient as its value', () => {
    expect(new Fraction(2, 5).valueOf()).toBe(0.4);
    expect(Number(new Fraction(1, 4))).toBe(0.25);
    expect(new Fraction(1, 2) > new Fraction(1, 3)).toBe(true);
    expect(new Fraction(0, 7).valueOf()).toBe(0);
    expect(new Fraction(7, 7).valueOf()).toBe(1);
  });

  it('cannot be changed', () => {
    const fraction = new Fraction(2, 5);
    const open = fraction as { numerator: number; denominator: number };
    expect(thrown(() => (open.numerator = 5))).toBeInstanceOf(TypeError);
    expect(thrown(() => (open.denominator = 2))).toBeInstanceOf(TypeError);
    expect(fraction.toString()).toBe('2/5');
  });

  it.each([
    [0, 1],
    [1, 1],
    [0, 100],
    [99, 100],
    [100_000, 100_000],
  ])('allows %d/%d', (numerator, denominator) => {
    const fraction = new Fraction(numerator, denominator);
    expect([fraction.numerator, fraction.denominator]).toEqual([numerator, denominator]);
  });

  it.each([
    [1, 0],
    [0, 0],
    [3, 2],
    [-1, 2],
    [1, -2],
    [-1, -2],
    [0.5, 2],
    [1, 2.5],
    [Number.NaN, 2],
    [1, Number.NaN],
    [1, Infinity],
    [Infinity, Infinity],
    [2 ** 53, 2 ** 53 + 2],
    ['1', 2],
    [1, '2'],
    [1n, 2],
    [null, 2],
    [1, undefined],
    [{}, []],
  ])('rejects %s/%s with a RangeError that shows it', (numerator, denominator) => {
    const error = thrown(() => new Fraction(numerator as number, denominator as number));
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toContain('Fraction');
  });

  it('shows the invalid values', () => {
    expect(() => new Fraction(3, 2)).toThrow('3/2');
    expect(() => new Fraction(Number.NaN, 7)).toThrow('NaN/7');
  });
});

describe('an option that takes a Fraction', () => {
  it.each(['failureThreshold', 'successThreshold'])(
    'may be %s, which also takes a string',
    (option) => {
      expect(() => new CircuitBreakerPolicy({ [option]: '2/5' })).not.toThrow();
      expect(() => new CircuitBreakerPolicy({ [option]: new Fraction(2, 5) })).not.toThrow();
    },
  );

  it('means the same with a string and with a Fraction', async () => {
    for (const failureThreshold of ['2/4', new Fraction(2, 4)] as const) {
      const breaker = new CircuitBreakerPolicy({ failureThreshold });
      await play(breaker, '0110');
      expect(breaker.state).toBe('OPEN');
      expect(breaker.history.length).toBe(4);
    }
  });

  it('has a window as long as the written denominator, not the reduced one', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/2' });
    const longer = new CircuitBreakerPolicy({ failureThreshold: '2/4' });
    await play(breaker, '0');
    await play(longer, '0');
    expect(breaker.state).toBe('OPEN');
    expect(longer.state).toBe('CLOSED');
  });

  it.each([
    '',
    '/',
    '2',
    '2/',
    '/5',
    '2/5/7',
    '-1/5',
    '1/-5',
    '3/2',
    '1/0',
    '0.5/1',
    'a/b',
    '1e1/20',
  ])('rejects the string "%s", and the error names the option and shows the string', (text) => {
    const error = thrown(() => new CircuitBreakerPolicy({ failureThreshold: text as '1/2' }));
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toContain('failureThreshold');
    expect((error as Error).message).toMatch(/integers|such as "2\/5"/);
  });

  it.each([0.5, Number.NaN, true, {}, ['1', '2'], 1n, () => '1/2', Symbol('1/2')])(
    'rejects %s, which is neither',
    (value) => {
      const error = thrown(() => new CircuitBreakerPolicy({ successThreshold: value as never }));
      expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
      expect((error as Error).message).toContain('successThreshold');
    },
  );
});
