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

  it('do not include operators', () => {
    const processes = new LiveProcesses();
    processes.heard([heard(500, '')], 0);
    expect(processes.isLive('', 0)).toBe(false);
  });
});
