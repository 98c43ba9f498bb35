import { ManualClock } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { TurnQueue } from './turn-queue.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('TurnQueue', () => {
  const clock = new ManualClock();

  function join(queue: TurnQueue, names: readonly string[]) {
    const begun: string[] = [];
    const turns = names.map((name) => {
      const turn = queue.join();
      void turn.begun.then(() => begun.push(name));
      return turn;
    });
    return { begun, turns };
  }

  it('begins one turn at a time, in the order in which they joined', async () => {
    const queue = new TurnQueue(clock, 1_000);
    const { begun, turns } = join(queue, ['a', 'b', 'c']);
    await settle();
    expect(begun).toEqual(['a']);
    turns[0]!.leave();
    await settle();
    expect(begun).toEqual(['a', 'b']);
    turns[1]!.leave();
    turns[2]!.leave();
    expect(queue.isFree).toBe(true);
  });

  it('skips turns that have left the queue, and resolves them', async () => {
    const queue = new TurnQueue(clock, 1_000);
    const { begun, turns } = join(queue, ['a', 'b', 'c']);
    turns[1]!.leave();
    await settle();
    expect(begun).toEqual(['a', 'b']);
    turns[0]!.leave();
    turns[0]!.leave();
    await settle();
    expect(begun).toEqual(['a', 'b', 'c']);
    expect(queue.isFree).toBe(false);
  });

  it('begins the next turn beside one that takes too long', async () => {
    const queue = new TurnQueue(clock, 1_000);
    const { begun, turns } = join(queue, ['a', 'b']);
    await clock.advance(1_000);
    expect(begun).toEqual(['a', 'b']);
    turns[0]!.leave();
    expect(queue.isFree).toBe(false);
    await clock.advance(1_000);
    expect(queue.isFree).toBe(true);
  });

  it('begins all turns when it is closed, and leaves no timer', async () => {
    const queue = new TurnQueue(clock, 1_000);
    const { begun } = join(queue, ['a', 'b', 'c']);
    queue.close();
    await settle();
    expect(begun).toEqual(['a', 'b', 'c']);
    void queue.join().begun.then(() => begun.push('d'));
    await settle();
    expect(begun).toContain('d');
    expect(clock.pendingTimers).toBe(0);
  });
});
