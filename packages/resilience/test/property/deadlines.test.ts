import { settle } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadlines } from '../../src/support/deadlines.ts';
import type { Deadline } from '../../src/support/deadlines.ts';
import { Heap } from '../../src/support/heap.ts';
import type { HeapNode } from '../../src/support/heap.ts';
import { CountingClock } from '../support/counting-clock.ts';
import { runs } from './parameters.ts';

class Node implements HeapNode {
  index = -1;
  readonly key: number;

  constructor(key: number) {
    this.key = key;
  }
}

describe('a heap', { timeout: 120_000 }, () => {
  it('has the least element first and all that were not removed, like a sorted list', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ add: fc.nat(30) }) },
      { weight: 2, arbitrary: fc.record({ remove: fc.nat(50) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
        const heap = new Heap<Node>((a, b) => a.key < b.key);
        const nodes: Node[] = [];
        let held: Node[] = [];
        for (const each of steps) {
          if ('add' in each) {
            const node = new Node(each.add);
            nodes.push(node);
            held.push(node);
            heap.add(node);
          } else {
            // Some are no longer there, or never were.
            const node = nodes[each.remove] ?? new Node(0);
            held = held.filter((other) => other !== node);
            heap.remove(node);
          }
          const gone = nodes.filter((node) => !held.includes(node));
          expect(gone.every(({ index }) => index === -1)).toBe(true);
          expect(heap.size).toBe(held.length);
          expect(heap.first?.key).toBe(held.map(({ key }) => key).sort((a, b) => a - b)[0]);
          // Each knows its index, and nobody stands in the same one.
          expect(new Set(held.map(({ index }) => index)).size).toBe(held.length);
        }
        const drained: number[] = [];
        for (let first = heap.first; first !== undefined; first = heap.first) {
          drained.push(first.key);
          heap.remove(first);
        }
        expect(drained).toEqual(held.map(({ key }) => key).sort((a, b) => a - b));
      }),
      runs(300),
    );
  });
});

class Timed implements Deadline {
  index = -1;
  readonly at: number;
  readonly expire: () => void;

  constructor(at: number, expire: () => void) {
    this.at = at;
    this.expire = expire;
  }
}

const stride = fc.constantFrom(0, 1, 3, 5, 50, 4e9);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ add: fc.constantFrom(0, 1, 5, 5, 20, 100, 3e9) }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ advance: stride }) },
  { weight: 1, arbitrary: fc.record({ settle: fc.constant(true) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Deadlines on a host that does something to the times of timers. */
class Bench {
  readonly clock = new CountingClock();
  readonly deadlines = new Deadlines(this.clock);
  /** How much later than its time each expired, in order. */
  readonly late: number[] = [];
  expired: number[] = [];
  held: Timed[] = [];
  longest = 0;
  readonly #all: Timed[] = [];

  constructor(round: (ms: number) => number) {
    const { clock } = this;
    clock.setTimeout = (fn, ms) => {
      this.longest = Math.max(this.longest, ms);
      return CountingClock.prototype.setTimeout.call(clock, fn, round(ms));
    };
  }

  async take(each: Step): Promise<void> {
    if ('add' in each) this.#add(each.add);
    else if ('remove' in each) this.#remove(this.#all[each.remove]);
    else if ('settle' in each) await settle();
    else {
      this.expired = [];
      await this.clock.advance(each.advance);
      await settle();
    }
  }

  #add(ms: number): void {
    const timed = new Timed(this.clock.now() + ms, () => {
      this.expired.push(timed.at);
      this.late.push(this.clock.now() - timed.at);
      this.held = this.held.filter((other) => other !== timed);
    });
    this.#all.push(timed);
    this.held.push(timed);
    this.deadlines.add(timed, this.clock.now());
  }

  #remove(timed: Timed | undefined): void {
    if (timed === undefined) return;
    this.held = this.held.filter((other) => other !== timed);
    this.deadlines.remove(timed);
  }
}

describe('deadlines', { timeout: 120_000 }, () => {
  it.each([
    ['exact', (ms: number) => ms, 0.001],
    ['early', (ms: number) => (ms > 1 ? ms - 0.7 : ms), 1],
    ['late', (ms: number) => Math.ceil(ms) + 0.5, 1.6],
  ])(
    'expire in order, at their times, with one timer at most, if the timers of the host are %s',
    async (_host, round, tolerated) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 50, size: 'max' }), async (steps) => {
          const bench = new Bench(round);
          const { clock } = bench;
          for (const each of steps) {
            await bench.take(each);
            const { expired, held } = bench;
            expect(expired).toEqual([...expired].sort((a, b) => a - b));
            expect(clock.pendingTimers).toBeLessThanOrEqual(Math.min(1, held.length));
            const due = 'advance' in each ? held.filter(({ at }) => at < clock.now() - 1.6) : [];
            expect(due).toEqual([]);
            const armed = 'advance' in each && held.length > 0 ? 1 : 0;
            expect(clock.pendingTimers).toBeGreaterThanOrEqual(armed);
          }
          expect(Math.min(0, ...bench.late)).toBe(0);
          expect(Math.max(0, ...bench.late)).toBeLessThan(tolerated);
          // What is longer than a timer can be would fire at once.
          expect(bench.longest).toBeLessThan(2 ** 31);
        }),
        runs(300),
      );
    },
  );
});
