import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy } from '@highway/resilience';
import { ManualClock, seededRandom, settle } from '@highway/resilience/testing';
import { Fleet, quorum } from '@highway/fleet';
import { MemoryStore } from '@highway/fleet/memory';

const works = (): Promise<string> => Promise.resolve('fine');
const fails = (): Promise<string> => Promise.reject(new Error('down'));

async function make(nodes: number) {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const store = new MemoryStore({ clock });
  const all = [];
  for (let i = 0; i < nodes; i++) {
    const fleet = new Fleet({ store, nodeId: `n${String(i)}`, clock, random });
    await fleet.join();
    const breaker = fleet.attach(
      new CircuitBreakerPolicy({
        name: 'payments',
        clock,
        failureThreshold: '2/4',
        successThreshold: '4/4',
        cooldown: '10s',
      }),
      { trip: quorum('1/2') },
    );
    all.push({ fleet, breaker });
  }
  await settle();
  return { clock, store, all };
}

describe('a fleet', () => {
  it('opens on every node at a quorum, makes few trial calls, and closes', async () => {
    const { clock, all } = await make(6);
    const trip = async (i: number) => {
      await all[i]!.breaker.executeOutcome(fails);
      await all[i]!.breaker.executeOutcome(fails);
      await settle();
    };
    await clock.advance(1000);
    await trip(0);
    await trip(1);
    expect(all.map(({ breaker }) => breaker.state).join()).toBe(
      'OPEN,OPEN,CLOSED,CLOSED,CLOSED,CLOSED',
    );
    await trip(2);
    expect(all.map(({ breaker }) => breaker.state)).toEqual(Array(6).fill('OPEN'));
    await clock.advance(9000);
    expect(all.map(({ breaker }) => breaker.state)).toEqual(Array(6).fill('OPEN'));
    await clock.advance(1000);
    let reached = 0;
    for (let round = 0; round < 100; round++) {
      for (const { breaker } of all) {
        if (breaker.state === 'CLOSED') continue;
        await breaker.executeOutcome(() => {
          reached++;
          return works();
        });
      }
      await settle();
      if (all.every(({ breaker }) => breaker.state === 'CLOSED')) break;
    }
    expect(reached).toBe(4);
    expect(all.map(({ breaker }) => breaker.state)).toEqual(Array(6).fill('CLOSED'));
    for (const { fleet } of all) await fleet.leave();
    expect(clock.pendingTimers).toBe(0);
  });
});
