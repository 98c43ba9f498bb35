import { describe, expect, it } from 'vitest';
import { plainMessage } from '../testing/conversation.ts';
import { LiveProcesses } from './live-processes.ts';

function heard(ttl: number, member = 'a') {
  return { ...plainMessage('payments', member), ttl };
}

describe('the live processes of a store', () => {
  it('are those that it has heard of within their time to live', () => {
    const processes = new LiveProcesses();
    processes.heard([heard(500)], 0);
    processes.heard([heard(900, 'b')], 0);
    const live = (now: number) => ['a', 'b', 'c'].filter((id) => processes.isLive(id, now));
    expect([live(499), live(500), live(900)]).toEqual([['a', 'b'], ['b'], []]);
  });

  it('live on with each message, until one says that they leave', () => {
    const processes = new LiveProcesses();
    processes.heard([heard(500)], 0);
    processes.heard([heard(500)], 400);
    expect(processes.isLive('a', 600)).toBe(true);
    processes.heard([heard(500), heard(0)], 600);
    expect(processes.isLive('a', 600)).toBe(false);
  });

  it('may be quiet, and no other', () => {
    const processes = new LiveProcesses();
    const quiet = (ttl: number, member = 'a') => ({ ...heard(ttl, member), quiet: 7 });
    const stamps = (messages: Parameters<LiveProcesses['heard']>[0], now: number) =>
      processes.heard(messages, now).map((message) => message.quiet);
    expect(stamps([quiet(500)], 0)).toEqual([undefined]);
    expect(stamps([quiet(500), quiet(500, 'b')], 499)).toEqual([7, undefined]);
    expect(stamps([quiet(500)], 999)).toEqual([undefined]);
    expect(stamps([quiet(500), quiet(0, 'b')], 1000)).toEqual([7, 7]);
    expect(stamps([quiet(500), quiet(0)], 1001)).toEqual([undefined, 7]);
  });

  it('do not include operators', () => {
    const processes = new LiveProcesses();
    processes.heard([heard(500, '')], 0);
    expect(processes.isLive('', 0)).toBe(false);
  });
});
