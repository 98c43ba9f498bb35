import { describe, expect, it } from 'vitest';
import { TimeWindow } from './time-window.ts';
import { failed } from '../../test/support/outcomes.ts';

/** A window of 400 ms, whose parts are 10 ms each, on a clock that is set by hand. */
class Bench {
  now: number;
  readonly window: TimeWindow;

  constructor(start = 0) {
    this.now = start;
    this.window = new TimeWindow(400, { now: () => this.now });
  }

  record(at: number, outcomes: string): void {
    this.now = at;
    for (const outcome of outcomes) this.window.record(failed(outcome), at);
  }

  /** What the window holds at a time, as failures of calls. */
  at(now: number): string {
    this.now = now;
    return `${String(this.window.failureCount)}/${String(this.window.length)}`;
  }
}

describe('a window of time', () => {
  it('is empty at first', () => {
    expect(new Bench().at(123)).toBe('0/0');
    expect([...new Bench().window]).toEqual([]);
    expect(new Bench().window.store()).toEqual([]);
  });

  it('forgets an outcome when its part of the span has passed, even when it is only read', () => {
    const bench = new Bench();
    bench.record(5, '01');
    expect([5, 100, 390, 399.9].map((now) => bench.at(now))).toEqual(Array(4).fill('1/2'));
    expect(bench.at(400)).toBe('0/0');
  });

  it('forgets part by part', () => {
    const bench = new Bench();
    bench.record(0, '00');
    bench.record(10, '1');
    bench.record(395, '0');
    expect(bench.at(399)).toBe('3/4');
    expect(bench.at(405)).toBe('1/2');
    expect(bench.at(410)).toBe('1/1');
    expect(bench.at(789)).toBe('1/1');
    expect(bench.at(790)).toBe('0/0');
  });

  it('reads failures and length independently of each other', () => {
    const bench = new Bench();
    bench.record(0, '0');
    bench.now = 500;
    expect(bench.window.failureCount).toBe(0);
    bench.record(500, '1');
    bench.now = 1000;
    expect(bench.window.length).toBe(0);
    bench.record(1000, '0');
    bench.now = 1500;
    expect(bench.window.store()).toEqual([]);
  });

  it.each([400, 401, 1e6, 1e15])('remembers nothing from before %d idle ms', (idle) => {
    const bench = new Bench();
    for (let at = 0; at < 400; at += 10) bench.record(at, '01');
    expect(bench.at(399)).toBe('40/80');
    expect(bench.at(399 + idle)).toBe('0/0');
    bench.record(399 + idle, '1');
    expect(bench.at(399 + idle)).toBe('0/1');
  });

  it('reuses each part once the span has passed', () => {
    const bench = new Bench();
    for (let at = 0; at < 5000; at += 10) bench.record(at, at % 20 === 0 ? '0' : '1');
    expect(bench.at(4999)).toBe('20/40');
    expect([...bench.window].slice(0, 4)).toEqual([false, true, false, true]);
  });

  it('treats a clock that steps back as one that stands still', () => {
    const bench = new Bench();
    bench.record(1000, '0');
    bench.record(200, '1');
    expect(bench.at(200)).toBe('1/2');
    expect(bench.at(1389)).toBe('1/2');
    expect(bench.at(1400)).toBe('0/0');
  });

  it('works on clocks that start below zero', () => {
    const bench = new Bench(-1005);
    bench.record(-1005, '0');
    bench.record(-995, '1');
    expect(bench.at(-611)).toBe('1/2');
    expect(bench.at(-610)).toBe('0/1');
    expect(bench.at(-600)).toBe('0/0');
  });

  it('adds counts, even of failures only', () => {
    const bench = new Bench();
    bench.window.count(5, 0, 0);
    bench.window.count(0, 2, 0);
    expect(bench.at(0)).toBe('2/5');
  });

  it('lists its parts oldest first, with the failures of each first', () => {
    const bench = new Bench();
    bench.record(0, '101');
    bench.record(20, '0');
    bench.record(30, '1');
    expect([...bench.window]).toEqual([false, true, true, false, true]);
    expect(bench.window.store()).toEqual([
      [30, 3, 1],
      [10, 1, 1],
      [0, 1, 0],
    ]);
  });

  it('is restored older by the time that has passed', () => {
    const bench = new Bench();
    bench.record(0, '00');
    bench.record(200, '1');
    const stored = bench.window.store();
    const after = (elapsed: number): string => {
      const later = new Bench(7000);
      later.window.restore(stored, elapsed);
      return later.at(7000);
    };
    expect([0, 190].map(after)).toEqual(['2/3', '2/3']);
    expect([190.1, 390].map(after)).toEqual(['0/1', '0/1']);
    expect([391, 1e9].map(after)).toEqual(['0/0', '0/0']);
    const later = new Bench(7000);
    later.window.restore(stored, 50);
    expect([7139, 7150, 7339, 7350].map((now) => later.at(now))).toEqual([
      '2/3',
      '0/1',
      '0/1',
      '0/0',
    ]);
  });

  it('takes nothing from a window of the last calls', () => {
    const bench = new Bench();
    bench.window.restore('0011', 0);
    expect(bench.at(0)).toBe('0/0');
  });

  it('forgets old outcomes before it is restored', () => {
    const bench = new Bench();
    bench.record(0, '0');
    bench.now = 1000;
    bench.window.restore([[0, 1, 0]], 0);
    expect(bench.at(1000)).toBe('0/1');
  });
});
