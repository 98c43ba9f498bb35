import { ManualClock } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  const clock = new ManualClock();

  function line(turns: Turns, names: readonly string[]) {
    const come: string[] = [];
    const taken = names.map((name) => {
      const turn = turns.take();
      void turn.come.then(() => come.push(name));
      return turn;
    });
    return { come, taken };
  }

  it('come one at a time, in the order in which they were asked for', async () => {
    const turns = new Turns(clock, 1_000);
    const { come, taken } = line(turns, ['a', 'b', 'c']);
    await settle();
    expect(come).toEqual(['a']);
    taken[0]!.leave();
    await settle();
    expect(come).toEqual(['a', 'b']);
    taken[1]!.leave();
    taken[2]!.leave();
    expect(turns.isFree).toBe(true);
  });

  it('pass over those who have left the line, and resolve for them', async () => {
    const turns = new Turns(clock, 1_000);
    const { come, taken } = line(turns, ['a', 'b', 'c']);
    taken[1]!.leave();
    await settle();
    expect(come).toEqual(['a', 'b']);
    taken[0]!.leave();
    taken[0]!.leave();
    await settle();
    expect(come).toEqual(['a', 'b', 'c']);
    expect(turns.isFree).toBe(false);
  });

  it('go on beside the next one where they take too long', async () => {
    const turns = new Turns(clock, 1_000);
    const { come, taken } = line(turns, ['a', 'b']);
    await clock.advance(1_000);
    expect(come).toEqual(['a', 'b']);
    taken[0]!.leave();
    expect(turns.isFree).toBe(false);
    await clock.advance(1_000);
    expect(turns.isFree).toBe(true);
  });

  it('end with a close, which lets all go on and leaves no timer', async () => {
    const turns = new Turns(clock, 1_000);
    const { come } = line(turns, ['a', 'b', 'c']);
    turns.close();
    await settle();
    expect(come).toEqual(['a', 'b', 'c']);
    void turns.take().come.then(() => come.push('d'));
    await settle();
    expect(come).toContain('d');
    expect(clock.pendingTimers).toBe(0);
  });
});
