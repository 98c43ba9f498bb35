import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { linkSignals, RetryPolicy, TimeoutPolicy } from '@highway/resilience';
import { settle } from '@highway/resilience/testing';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects garbage until nobody listens to the signal, or gives up. */
async function listenersAfterCollection(signal: AbortSignal): Promise<number> {
  for (let round = 0; round < 20; round++) {
    await settle();
    collect();
    await settle();
    if (getEventListeners(signal, 'abort').length === 0) return 0;
  }
  return getEventListeners(signal, 'abort').length;
}

describe('a linked signal', () => {
  it('leaves nothing on its signals once nobody holds it', async () => {
    const [{ signal: one }, { signal: other }] = [new AbortController(), new AbortController()];
    for (let i = 0; i < 1000; i++) linkSignals([one, other]);
    expect(getEventListeners(one, 'abort').length).toBe(1);
    expect(await listenersAfterCollection(one)).toBe(0);
    expect(await listenersAfterCollection(other)).toBe(0);
  });

  it('leaves nothing on them after the calls that it was passed to', async () => {
    const { signal } = new AbortController();
    const retry = new RetryPolicy();
    for (let i = 0; i < 100; i++) {
      await retry.execute((context) => context.signal.aborted, { signal: linkSignals([signal]) });
    }
    expect(await listenersAfterCollection(signal)).toBe(0);
  });

  it('aborts as long as somebody holds it, also through signals that nobody else holds', async () => {
    const caller = new AbortController();
    const held = linkSignals([linkSignals([linkSignals([caller.signal])])]);
    expect(await listenersAfterCollection(caller.signal)).toBe(1);
    caller.abort('gone');
    expect(held.reason).toBe('gone');
  });

  it('aborts a call that waits for nothing else, although nobody else holds the signal', async () => {
    const caller = new AbortController();
    // A timeout that holds nothing for the call.
    const timeout = new TimeoutPolicy({ timeout: () => Infinity });
    const ended: unknown[] = [];
    const start = (): void => {
      timeout
        .execute(() => new Promise(() => {}), {
          signal: linkSignals([linkSignals([caller.signal])]),
        })
        .catch((reason: unknown) => ended.push(reason));
    };
    start();
    expect(await listenersAfterCollection(caller.signal)).toBe(1);
    caller.abort('gone');
    await settle();
    expect(ended).toEqual(['gone']);
    expect(await listenersAfterCollection(caller.signal)).toBe(0);
  });
});
