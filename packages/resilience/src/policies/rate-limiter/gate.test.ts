import { describe, expect, it } from 'vitest';
import { stage } from '../../policy.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { RateLimiterPolicy } from './policy.ts';

/** A limiter with two permits, and the way in that needs no ticket. */
function setup() {
  const clock = new ManualClock();
  const limiter = new RateLimiterPolicy({ clock, limit: 2, per: '1s', maxWait: '1m' });
  return { clock, limiter, gate: limiter[stage] };
}

describe('the lane of a rate limiter', () => {
  it('admits a call for which there is a permit, and takes the permit', () => {
    const { limiter, gate } = setup();
    const lane = gate.lane?.(false);
    expect(lane).toBeDefined();
    expect(limiter.available).toBe(1);
    expect(gate.lane?.(false)).toBe(lane);
    expect(limiter.available).toBe(0);
  });

  it('does not exist without a permit, until there is one', async () => {
    const { clock, limiter, gate } = setup();
    for (let i = 0; i < 2; i++) gate.lane?.(false);
    expect([gate.lane?.(false), limiter.available]).toEqual([undefined, 0]);
    await clock.advance('1s');
    expect(gate.lane?.(false)).toBeDefined();
  });

  it('does not exist while somebody listens, and takes nothing then', () => {
    const { limiter, gate } = setup();
    const remove = limiter.on('success', () => {});
    expect([gate.lane?.(false), limiter.available]).toEqual([undefined, 2]);
    remove();
    expect(gate.lane?.(false)).toBeDefined();
  });
});
