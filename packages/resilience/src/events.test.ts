import { afterEach, describe, expect, it, vi } from 'vitest';
import { observe, policies } from './observe.ts';
import type { Channel } from './events.ts';
import type { PolicyEvent } from './policy.ts';
import type { Stage } from './pipeline/stage.ts';
import { Policy, stage } from './policy.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { settle } from './testing/settle.ts';

/** A policy that does nothing, for the sake of its channel. */
class Silent extends Policy {
  get type(): string {
    return 'silent';
  }

  get settings(): { type: string } {
    return { type: 'silent' };
  }

  get [stage](): Stage {
    throw new Error('nothing runs through it');
  }
}

function channelOf(name?: string): Channel {
  return new Silent(name, new ManualClock({ wallStart: 1000 })).channel;
}

/** A listener of an asynchronous kind, which nobody waits for. */
const rejecting = (): unknown => Promise.reject(new Error('async'));

const details = { attempt: 1, duration: 5 };
const stops: (() => void)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  vi.unstubAllGlobals();
});

function watch(): PolicyEvent[] {
  const seen: PolicyEvent[] = [];
  stops.push(observe((event) => seen.push(event)));
  return seen;
}

describe('the listeners of a policy', () => {
  it('get the events of their type, each with what happened, to which call and when', () => {
    const channel = channelOf('db');
    const seen: unknown[] = [];
    channel.add('success', (event) => seen.push(event));
    channel.emit('success', details);
    channel.emit('failure', details);
    expect(seen).toEqual([
      { type: 'success', policy: channel.policy, policyName: 'db', at: 1000, ...details },
    ]);
  });

  it('are looked for before an event is created', () => {
    const channel = channelOf();
    expect(channel.active).toBe(false);
    const [first, second] = [channel.add('success', () => {}), channel.add('failure', () => {})];
    expect(channel.active).toBe(true);
    first();
    expect(channel.active).toBe(true);
    second();
    expect(channel.active).toBe(false);
    second();
    expect(channel.active).toBe(false);
  });

  it('are called in the order in which they were added, until they are removed', () => {
    const channel = channelOf();
    const heard: string[] = [];
    const remove = channel.add('success', () => heard.push('a'));
    channel.add('success', () => heard.push('b'));
    channel.emit('success', details);
    remove();
    remove();
    channel.emit('success', details);
    expect(heard).toEqual(['a', 'b', 'b']);
  });

  it('may include a function twice, which is removed once at a time', () => {
    const channel = channelOf();
    let heard = 0;
    const listener = (): number => heard++;
    const remove = channel.add('success', listener);
    channel.add('success', listener);
    channel.emit('success', details);
    expect(heard).toBe(2);
    remove();
    channel.emit('success', details);
    expect(heard).toBe(3);
  });

  it('can be removed without removing later ones', () => {
    const channel = channelOf();
    const remove = channel.add('success', () => {});
    remove();
    channel.add('failure', () => {});
    remove();
    expect(channel.active).toBe(true);
  });

  it('that are added or removed by a listener count from the next event', () => {
    const channel = channelOf();
    const heard: string[] = [];
    const remove = channel.add('success', () => {
      heard.push('first');
      remove();
      channel.add('success', () => heard.push('late'));
    });
    channel.emit('success', details);
    channel.emit('success', details);
    expect(heard).toEqual(['first', 'late']);
  });

  it('are all called even if one throws or rejects, whose error is reported', async () => {
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    const channel = channelOf();
    let heard = 0;
    channel.add('success', () => {
      throw new Error('sync');
    });
    channel.add('success', rejecting);
    channel.add('success', () => heard++);
    channel.emit('success', details);
    await settle();
    expect(heard).toBe(1);
    expect(reported).toEqual([new Error('sync'), new Error('async')]);
  });
});

describe('an observer', () => {
  it('gets events of named policies, made before or after, until it is stopped', () => {
    const before = channelOf('before');
    const seen = watch();
    const after = channelOf('after');
    before.emit('success', details);
    after.emit('failure', details);
    stops.pop()!();
    after.emit('failure', details);
    expect(seen.map(({ type, policyName }) => `${String(policyName)} ${type}`)).toEqual([
      'before success',
      'after failure',
    ]);
  });

  it('gets no events of policies without a name', () => {
    const channel = channelOf();
    const seen = watch();
    expect(channel.active).toBe(false);
    channel.emit('success', details);
    channel.add('success', () => {});
    channel.emit('success', details);
    expect(seen).toEqual([]);
  });

  it('makes named policies active as long as it observes', () => {
    const channel = channelOf('db');
    expect(channel.active).toBe(false);
    watch();
    watch();
    expect(channel.active).toBe(true);
    expect(channelOf('later').active).toBe(true);
    stops.pop()!();
    expect(channel.active).toBe(true);
    stops.pop()!();
    expect(channel.active).toBe(false);
  });

  it('does not deactivate a policy that has a listener of its own', () => {
    const channel = channelOf('db');
    channel.add('success', () => {});
    watch();
    stops.pop()!();
    expect(channel.active).toBe(true);
  });

  it('is called after the listeners of the policy', () => {
    const channel = channelOf('db');
    const heard: string[] = [];
    stops.push(observe(() => heard.push('observer')));
    channel.add('success', () => heard.push('listener'));
    channel.emit('success', details);
    expect(heard).toEqual(['listener', 'observer']);
  });

  it('has its error reported if it throws or rejects', async () => {
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    stops.push(observe(rejecting));
    channelOf('db').emit('success', details);
    await settle();
    expect(reported).toEqual([new Error('async')]);
  });
});

describe('the list of policies', () => {
  it('contains the named ones that are alive', () => {
    const [named, nameless] = [channelOf('listed'), channelOf()];
    expect(policies()).toContain(named.policy);
    expect(policies()).not.toContain(nameless.policy);
  });
});
