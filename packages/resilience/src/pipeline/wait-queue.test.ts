import { describe, expect, it } from 'vitest';
import { anonymousAttempt } from './permit.ts';
import { Waiter, WaitQueue } from './wait-queue.ts';

function setup() {
  const queue = new WaitQueue();
  const waiters = [
    new Waiter(anonymousAttempt),
    new Waiter(anonymousAttempt),
    new Waiter(anonymousAttempt),
  ] as const;
  for (const waiter of waiters) queue.add(waiter);
  return { queue, waiters };
}

/** Takes out whoever is first until anonymousAttempt is left. */
function drain(queue: WaitQueue): Waiter[] {
  const order: Waiter[] = [];
  for (let first = queue.first; first !== undefined; first = queue.first) {
    order.push(first);
    queue.remove(first);
  }
  return order;
}

describe('a wait queue', () => {
  it('serves waiters in the order in which they came', () => {
    const { queue, waiters } = setup();
    expect(queue.length).toBe(3);
    expect(drain(queue)).toEqual([...waiters]);
    expect(queue.length).toBe(0);
  });

  it.each([0, 1, 2])('can be left from any position, and later waiters move up (%i)', (place) => {
    const { queue, waiters } = setup();
    const rest = waiters.filter((_, i) => i !== place);
    queue.remove(waiters[place]!);
    expect([waiters[place]!.queue, queue.length]).toEqual([undefined, 2]);
    const late = new Waiter(anonymousAttempt);
    queue.add(late);
    expect(drain(queue)).toEqual([...rest, late]);
  });

  it('ignores a waiter that has left already, or waits in another queue', () => {
    const { queue, waiters } = setup();
    const other = new WaitQueue();
    queue.remove(waiters[1]);
    queue.remove(waiters[1]);
    other.remove(waiters[0]);
    other.remove(new Waiter(anonymousAttempt));
    expect([queue.length, other.length]).toEqual([2, 0]);
    expect(drain(queue)).toEqual([waiters[0], waiters[2]]);
  });
});
