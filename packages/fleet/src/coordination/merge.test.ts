import { describe, expect, it } from 'vitest';
import type { CircuitMessage, CircuitReply } from '../store.ts';
import { fullReplies, plainMessage } from '../testing/conversation.ts';
import { mergeMessage } from './merge.ts';
import { freshRecord } from './record.ts';
import type { CircuitRecord } from './record.ts';

const wide = { calls: 10, closeAt: 8, openAt: 3, concurrent: 10 };

/** A record, and how members tell it something of its version at a time. */
function make() {
  const record = freshRecord('one', 0);
  const say = (member: string, now: number, told: Partial<CircuitMessage> = {}): CircuitReply => {
    const { generation, epoch } = record;
    const plain = { ...plainMessage('payments', member), version: { generation, epoch } };
    const { reply } = mergeMessage(record, { ...plain, ttl: 60_000, ...told }, now);
    return fullReplies([reply])[0]!;
  };
  return { record, say };
}

/** Opens a circuit without a wait, and gives so many slots of its test to a member. */
function give(say: ReturnType<typeof make>['say'], member: string, want: number): void {
  say(member, 0, { propose: { to: 'OPEN', wait: 0, openings: 1, cause: 'quorum' } });
  say(member, 0, { rule: wide, want });
}

describe('the members of a record', () => {
  it('expire each at its own time, whoever sends a message', () => {
    const { say } = make();
    for (const ttl of [100, 500, 900]) say(`m${ttl}`, 0, { ttl });
    const counts = [99, 100, 499, 500, 899, 900].map((now) => say('d', now).members);
    expect(counts).toEqual([4, 3, 3, 2, 2, 1]);
  });

  it('take no other vote with them when they expire', () => {
    const { say } = make();
    say('a', 0, { open: true });
    say('b', 0, { ttl: 100 });
    const { members, votes } = say('c', 100);
    expect({ members, votes }).toEqual({ members: 2, votes: 1 });
  });

  it('keep their totals and their time to live after their votes ended', () => {
    const { say } = make();
    const span = 10_000;
    say('a', 0, { open: true, span, failures: 8 });
    say('b', 0, { ttl: 100 });
    say('', 0, { command: 'reset', ttl: 0 });
    expect(say('a', 200, { span, failures: 9 }).failures).toBe(1);
    expect(say('c', 200).members).toBe(2);
  });
});

describe('a quiet message', () => {
  it('changes nothing of the record, not even its time', () => {
    const { record, say } = make();
    const { version, stamp } = say('a', 100);
    const before = structuredClone(record);
    const message = { ...plainMessage('payments', 'b'), version, quiet: stamp };
    const merged = mergeMessage(record, { ...message, failures: 3, span: 1000 }, 900_000);
    const reply = { circuit: 'payments', version, unchanged: true, members: 1 };
    expect(merged).toEqual({ reply, notices: [] });
    expect(record).toEqual(before);
  });
});

describe('the stamp of a record', () => {
  it('is the time of the news, so that a store that lost it does not give it again', () => {
    const { say } = make();
    expect(say('a', 1000.5).stamp).toBe(1000);
    expect(say('b', 2000, { open: true }).stamp).toBe(2000);
    const propose = { to: 'OPEN', wait: 0, openings: 1, cause: 'quorum' } as const;
    expect(say('b', 2000, { propose }).stamp).toBe(2001);
  });
});

describe('a proposal to close', () => {
  it('ends the wait and resets the openings in a row, whatever its own values', () => {
    const { say } = make();
    say('a', 0, { propose: { to: 'OPEN', wait: 500, openings: 2, cause: 'trials' } });
    const propose = { to: 'CLOSED', wait: 700, openings: 4, cause: 'trials' } as const;
    const { state, openings } = say('a', 0, { propose });
    expect({ state, openings }).toEqual({ state: 'CLOSED', openings: 0 });
    say('', 0, { command: 'isolate', ttl: 0 });
    expect(say('', 0, { command: 'release', ttl: 0 })).toMatchObject({
      state: 'CLOSED',
      remaining: 0,
    });
  });
});

describe('a proposal to isolate', () => {
  it('keeps an open circuit to restore when the isolation ends', () => {
    const { say } = make();
    say('a', 0, { propose: { to: 'OPEN', wait: 500, openings: 1, cause: 'quorum' } });
    say('a', 0, { propose: { to: 'ISOLATED', wait: 0, openings: 0, cause: 'isolate' } });
    const { state, remaining } = say('', 100, { command: 'release', ttl: 0 });
    expect({ state, remaining }).toEqual({ state: 'OPEN', remaining: 400 });
  });
});

describe('a message of a member that leaves', () => {
  it('returns only the trial slots of that member', () => {
    const { say } = make();
    give(say, 'a', 2);
    say('b', 0, { want: 3 });
    expect(say('a', 0, { ttl: 0 }).tally?.outstanding).toBe(3);
  });
});

describe('pooled outcomes', () => {
  const told = (failures: number) => ({ span: 1000, failures, ackedFailures: failures - 1 });

  it('take at most ten buckets, however long members report', () => {
    const { record, say } = make();
    for (let i = 1; i <= 50; i++) say('a', 100 * i, told(i));
    expect(held(record)).toEqual([41, 42, 43, 44, 45, 46, 47, 48, 49, 50]);
  });

  it('are those within the span, also for a member with another version', () => {
    const { say } = make();
    for (let i = 1; i <= 3; i++) say('a', 100 * i, told(i));
    const version = { generation: 'another', epoch: 0 };
    const heard = [1099, 1100, 1200, 1300].map((now) => say('b', now, { version, span: 1000 }));
    expect(heard.map(({ failures }) => failures)).toEqual([3, 2, 1, 0]);
  });

  it('are kept apart from those of members with a shorter span', () => {
    const { say } = make();
    say('a', 90_000, told(3));
    expect(say('b', 90_000, { span: 10_000 }).failures).toBe(0);
  });
});

function held({ buckets }: CircuitRecord): number[] {
  return [...buckets.keys()].sort((a, b) => a - b);
}
