import type { Priority } from '@highway/resilience';
import { describe, expect, it } from 'vitest';
import { BlockedClock } from '../../test/server/support/blocked-clock.ts';
import { Admission } from './admission.ts';
import type { Verdict } from './arrival.ts';
import { LoopDelay } from './loop-delay.ts';
import { Slots } from './slots.ts';
import { Visit } from './visit.ts';

/** A server whose turns end when the test says so. */
function server(maxInFlight = Infinity) {
  const clock = new BlockedClock();
  const turns: (() => void)[] = [];
  const admission = new Admission({
    clock,
    slots: new Slots(undefined, maxInFlight),
    loopDelay: new LoopDelay(clock),
    maxLoopDelayMs: 100,
    nextTurn: (fn) => {
      turns.push(fn);
    },
  });
  const turn = (): void => {
    for (const fn of turns.splice(0)) fn();
  };
  return {
    clock,
    admission,
    turn,
    /** Lets turns pass until no more are planned. */
    settle() {
      for (let left = 100; turns.length > 0 && left > 0; left--) turn();
      return turns.length;
    },
    /** A request that arrives now. Its verdict is there once it is decided. */
    arrive(priority?: Priority, deadlineAt = Infinity) {
      const visit = new Visit({
        clock,
        exempt: false,
        priority,
        arrivedAt: clock.now(),
        deadlineAt,
      });
      const request: { visit: Visit; verdict: Verdict | undefined } = { visit, verdict: undefined };
      visit.decided = (verdict) => {
        request.verdict = verdict;
      };
      request.verdict = admission.arrive(visit);
      return request;
    },
  };
}

describe('the admission to a server', () => {
  it('accepts at once while nothing is busy, and plans no turns for ever', () => {
    const { arrive, settle, admission } = server();
    const { verdict, visit } = arrive();
    expect(verdict).toBe('accepted');
    admission.leave(visit, true);
    expect(settle()).toBe(0);
  });

  it('starts one slow handler a turn, the most important first', () => {
    const { arrive, turn, clock } = server();
    // Four turns with a handler of 20 ms each.
    for (let i = 0; i < 4; i++) {
      expect(arrive('normal').verdict).toBe('accepted');
      clock.block(20);
      for (let quiet = 0; quiet < 4; quiet++) turn();
    }
    const first = arrive('normal');
    const low = arrive('low');
    const high = arrive('high');
    expect(first.verdict).toBe('accepted');
    expect([low.verdict, high.verdict]).toEqual([undefined, undefined]);
    clock.block(20);
    for (let quiet = 0; quiet < 3; quiet++) turn();
    expect([low.verdict, high.verdict]).toEqual([undefined, 'accepted']);
    clock.block(31);
    turn();
    expect(low.verdict).toBe('shed');
  });

  it('gives a slot that becomes free to the most important one that waits', () => {
    const { arrive, settle, admission } = server(1);
    const first = arrive('normal');
    const high = arrive('high');
    const critical = arrive('critical');
    const normal = arrive('normal');
    expect(settle()).toBe(0);
    expect(normal.verdict).toBe('shed');
    admission.leave(first.visit, true);
    expect([high.verdict, critical.verdict]).toEqual([undefined, 'accepted']);
    admission.leave(critical.visit, true);
    expect(high.verdict).toBe('accepted');
  });

  it('sheds by the delay of the loop: not critical ones, and not the only one', () => {
    const { arrive, clock, settle, admission } = server();
    admission.leave(arrive().visit, true);
    settle();
    clock.idle(100);
    clock.block(400);
    const only = arrive('low');
    expect(only.verdict).toBeUndefined();
    expect(arrive('low').verdict).toBe('shed');
    expect(arrive('normal').verdict).toBe('shed');
    expect(arrive('high').verdict).toBe('shed');
    const critical = arrive('critical');
    expect(critical.verdict).toBeUndefined();
    settle();
    expect(critical.verdict).toBe('accepted');
    expect(only.verdict).toBe('accepted');
  });

  it('ends the wait of a request at its deadline, and when its client goes', () => {
    const { arrive, clock, settle, admission } = server(1);
    arrive('high');
    const hurried = arrive('high', clock.now() + 30);
    const leaving = arrive('high');
    settle();
    clock.idle(30);
    settle();
    expect(hurried.verdict).toBe('expired');
    leaving.visit.end(false);
    admission.leave(leaving.visit, false);
    settle();
    expect(leaving.verdict).toBe('gone');
    expect(admission).toMatchObject({ accepted: 1, shed: 0, expired: 1 });
  });
});
