import { describe, expect, it } from 'vitest';
import { ManualClock, settle } from '@highway/resilience/testing';
import { openSubscriber } from './subscriber.ts';
import type { Subscriber } from './subscriber.ts';

/** A subscriber whose server answers as the test says. */
class FakeSubscriber implements Subscriber {
  isReady = true;
  answers: 'well' | 'with an error' | 'never' = 'well';
  pings = 0;
  ended = false;
  connected = (): void => undefined;

  listen(): Promise<void> {
    return Promise.resolve();
  }

  ping = (): Promise<unknown> => {
    this.pings++;
    if (this.answers === 'never') return new Promise(() => undefined);
    return this.answers === 'well' ? Promise.resolve() : Promise.reject(new Error('NOPERM'));
  };

  onError(): void {}

  onReady(ready: () => void): void {
    this.connected = ready;
  }

  end(): void {
    this.ended = true;
  }
}

async function open() {
  const clock = new ManualClock();
  const subscriber = new FakeSubscriber();
  const told: unknown[] = [];
  const watch = {
    lost: (error: unknown) => told.push(error),
    resumed: () => told.push('resumed'),
  };
  const end = await openSubscriber(subscriber, clock, watch);
  await settle();
  return { clock, subscriber, told, end };
}

describe('a connection that listens', () => {
  it('counts as lost, and ends, within seconds if it does not answer', async () => {
    const { clock, subscriber, told } = await open();
    await clock.advance(10_000);
    expect(told).toEqual([]);
    subscriber.answers = 'never';
    await clock.advance(4000);
    expect(told).toEqual([expect.objectContaining({ code: 'ERR_FLEET_STORE_TIMEOUT' })]);
    expect(subscriber.ended).toBe(true);
    await clock.advance(60_000);
    expect([told.length, clock.pendingTimers]).toEqual([1, 0]);
  });

  it('counts as alive if the server answers with an error, such as a missing permission', async () => {
    const { clock, subscriber, told } = await open();
    subscriber.answers = 'with an error';
    await clock.advance(60_000);
    expect(told).toEqual([]);
    expect(subscriber.pings).toBeGreaterThan(20);
  });

  it('is not pinged while it connects, and reports when it listens again', async () => {
    const { clock, subscriber, told } = await open();
    subscriber.isReady = false;
    const { pings } = subscriber;
    await clock.advance(60_000);
    expect(subscriber.pings).toBe(pings);
    subscriber.connected();
    expect(told).toEqual(['resumed']);
  });

  it('reports nothing and leaves no timer after its end, even during a ping', async () => {
    for (const ms of [0, 1000, 2000, 3000]) {
      const { clock, subscriber, told, end } = await open();
      subscriber.answers = 'never';
      await clock.advance(ms);
      end();
      await settle();
      subscriber.connected();
      await clock.advance(60_000);
      expect([ms, told, clock.pendingTimers, subscriber.ended]).toEqual([ms, [], 0, true]);
    }
  });

  it('keeps going if there is no watch', async () => {
    const clock = new ManualClock();
    const subscriber = new FakeSubscriber();
    subscriber.answers = 'never';
    await openSubscriber(subscriber, clock);
    await clock.advance(60_000);
    expect([subscriber.ended, subscriber.pings > 10]).toEqual([false, true]);
  });
});
