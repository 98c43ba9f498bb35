import { settle } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { CallLog } from './call-log.ts';

describe('the log of calls', () => {
  it('notes how long a call took and how it ended', async () => {
    let now = 10;
    const log = new CallLog(() => now);
    await log.follow(async () => {
      now = 35;
    });
    await log.follow(async () => {
      now = 40;
      throw new Error('reset');
    });
    expect(log.take()).toEqual([
      { startedAt: 10, endedAt: 35, outcome: 'ok' },
      { startedAt: 35, endedAt: 40, outcome: 'connection' },
    ]);
  });

  it('hands out each call once', async () => {
    const log = new CallLog(() => 0);
    await log.follow(async () => {});
    expect(log.take()).toHaveLength(1);
    expect(log.take()).toHaveLength(0);
  });

  it('counts what is under way, and calls it unfinished when it is abandoned', async () => {
    const log = new CallLog(() => 5);
    let end: (() => void) | undefined;
    const following = log.follow(() => new Promise((resolve) => (end = resolve)));
    await settle();
    expect(log.underWay).toBe(1);
    log.abandon();
    expect(log.underWay).toBe(0);
    end!();
    await following;
    expect(log.take().map(({ outcome }) => outcome)).toEqual(['unfinished']);
  });
});
