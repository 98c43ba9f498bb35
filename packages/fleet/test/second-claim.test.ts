import { describe, expect, it, vi } from 'vitest';
import { CircuitBreakerPolicy } from '@highway/resilience';
import { supervisionOf } from '@highway/resilience/supervision';
import { ManualClock, settle } from '@highway/resilience/testing';
import { Fleet, quorum } from '@highway/fleet';
import { MemoryStore } from '@highway/fleet/memory';

const trip = quorum('1/2');

describe('a breaker with two controllers', () => {
  it('is rejected by a fleet of another copy of the package', async () => {
    const breaker = new CircuitBreakerPolicy({ name: 'payments' });
    const fleet = new Fleet({ store: new MemoryStore() });
    fleet.attach(breaker, { trip });
    vi.resetModules();
    const copy = await import('../src/index.ts');
    expect(copy.Fleet).not.toBe(Fleet);
    const other = new copy.Fleet({ store: new MemoryStore() });
    expect(() => other.attach(breaker, { trip: copy.quorum('1/2') })).toThrow(
      'payments: the breaker is already in a fleet',
    );
    await fleet.leave();
    expect(other.attach(breaker, { trip: copy.quorum('1/2') })).toBe(breaker);
    await other.leave();
  });

  it('is reported once by an error with its circuit, and the other circuits work', async () => {
    const clock = new ManualClock();
    const store = new MemoryStore({ clock });
    const fleet = new Fleet({ store, clock });
    const [taken, free] = ['taken', 'free'].map((name) =>
      fleet.attach(new CircuitBreakerPolicy({ name, clock, failureThreshold: '1/1' }), { trip }),
    );
    const errors: unknown[] = [];
    fleet.on('storeError', ({ error }) => errors.push(error));
    await fleet.join();
    supervisionOf(taken!).superviseTrials({ takeSlot: () => undefined });
    const fails = (): Promise<never> => Promise.reject(new Error('down'));
    for (const breaker of [taken!, free!]) await breaker.executeOutcome(fails);
    await settle();
    await clock.advance('3s');
    expect(errors).toEqual([
      expect.objectContaining({
        code: 'ERR_FLEET_BREAKER',
        circuit: 'taken',
        message: expect.stringMatching(
          /^The breaker of taken does not follow the fleet: .* one already/,
        ) as string,
      }),
    ]);
    expect(fleet.status).toBe('connected');
    expect(fleet.states.get('free')).toBe('OPEN');
    await fleet.leave();
  });
});
