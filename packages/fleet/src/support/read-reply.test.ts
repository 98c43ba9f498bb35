import { describe, expect, it } from 'vitest';
import { MalformedStateError } from '../errors.ts';
import { readNotice, readReply, readUnchanged } from './read-reply.ts';

const notice = {
  circuit: 'payments',
  version: { generation: 'one', epoch: 3 },
  state: 'OPEN',
  cause: 'quorum',
  remaining: 1000.5,
  openings: 1,
};
const counts = { members: 3, votes: 2, successes: 0, failures: 7 };
const rule = { calls: 4, closeAt: 3, openAt: 2, concurrent: 4 };
const reply = { ...notice, ...counts, granted: [1, 2] };

describe('a notice of a store', () => {
  it('is read without unknown fields', () => {
    expect(readNotice({ ...notice, more: 1 })).toEqual(notice);
  });

  it.each([
    ['circuit', ''],
    ['circuit', 'x'.repeat(513)],
    ['version', null],
    ['version', { generation: '', epoch: 1 }],
    ['version', { generation: 'one', epoch: -1 }],
    ['version', { generation: 'one', epoch: 0.5 }],
    ['state', 'AJAR'],
    ['cause', 'magic'],
    ['remaining', -1],
    ['remaining', Number.NaN],
    ['remaining', 400 * 86_400_000],
    ['remaining', '5'],
    ['openings', 2 ** 53],
  ])('is malformed if %s is %j', (field, value) => {
    expect(() => readNotice({ ...notice, [field]: value })).toThrow(MalformedStateError);
  });

  it.each([undefined, null, 'OPEN', 7])('is malformed if it is %j', (given) => {
    expect(() => readNotice(given)).toThrow(/it is /);
  });
});

describe('a reply of a store', () => {
  it('is read as it is', () => {
    const tally = { rule, successes: 1, failures: 0, outstanding: 2 };
    expect(readReply(reply)).toEqual(reply);
    expect(readReply({ ...reply, tally })).toEqual({ ...reply, tally });
  });

  it.each([
    ['granted', undefined],
    ['granted', [1.5]],
    ['granted', Array(1001).fill(1)],
    ['members', -1],
    ['votes', '2'],
    ['successes', null],
    ['tally', {}],
    ['tally', { rule: { ...rule, calls: 0 }, successes: 0, failures: 0, outstanding: 0 }],
    ['tally', { rule, successes: -1, failures: 0, outstanding: 0 }],
  ])('is malformed if %s is %j', (field, value) => {
    expect(() => readReply({ ...reply, [field]: value })).toThrow(MalformedStateError);
  });
});

describe('a reply that nothing has changed', () => {
  const unchanged = {
    circuit: 'payments',
    version: { generation: 'one', epoch: 3 },
    members: 2,
  };

  it('is read without unknown fields', () => {
    const given = { ...unchanged, unchanged: true, more: 1 };
    expect(readUnchanged(given)).toEqual({ ...unchanged, unchanged: true });
  });

  it.each([{ unchanged: 1 }, { circuit: '' }, { version: null }, { members: -1 }])(
    'is rejected with %j',
    (part) => {
      expect(() => readUnchanged({ ...unchanged, unchanged: true, ...part })).toThrow(
        MalformedStateError,
      );
    },
  );
});

describe('the stamp of a reply', () => {
  it('is optional, and an integer', () => {
    expect(readReply({ ...reply, stamp: 7 }).stamp).toBe(7);
    expect(readReply(reply)).not.toHaveProperty('stamp');
    expect(() => readReply({ ...reply, stamp: 0.5 })).toThrow('stamp is 0.5');
  });
});
