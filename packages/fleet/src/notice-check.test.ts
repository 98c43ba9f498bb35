import { expect, it } from 'vitest';
import { NoticeCheck } from './notice-check.ts';
import type { Notice, Version } from './store.ts';

const version = (epoch: number, generation = 'g'): Version => ({ generation, epoch });
const notice = (epoch: number, generation = 'g', circuit = 'payments'): Notice => ({
  circuit,
  version: version(epoch, generation),
  state: 'CLOSED',
  cause: 'none',
  remaining: 0,
  openings: 0,
});

/** A check of a node that has heard of the circuit while it listened. */
function following(): NoticeCheck {
  const check = new NoticeCheck();
  check.replied(notice(3), version(3), 0);
  return check;
}

it('detects a transition without a notice for a second', () => {
  const check = following();
  check.replied(notice(4), version(3), 500);
  check.replied(notice(4), version(4), 1000);
  expect([check.isOverdue(1499), check.isOverdue(1500)]).toEqual([false, true]);
});

it('counts from the first transition without a notice', () => {
  const check = following();
  check.replied(notice(4), version(3), 500);
  check.replied(notice(5), version(4), 1400);
  check.heard(notice(4));
  expect(check.isOverdue(1500)).toBe(true);
  check.heard(notice(5));
  expect(check.isOverdue(1500)).toBe(false);
});

it('accepts a notice before the reply, or after it', () => {
  const before = following();
  before.heard(notice(4));
  before.replied(notice(4), version(3), 500);
  expect(before.isOverdue(9000)).toBe(false);
  const after = following();
  after.replied(notice(4), version(3), 500);
  after.heard(notice(5));
  expect(after.isOverdue(9000)).toBe(false);
});

it('expects no notice of what happened before the node listened, or in another generation of the record', () => {
  const stranger = new NoticeCheck();
  stranger.replied(notice(4), version(3), 0);
  expect(stranger.isOverdue(9000)).toBe(false);
  const check = following();
  check.replied(notice(0, 'another'), version(3), 500);
  expect(check.isOverdue(9000)).toBe(false);
  check.restart();
  check.replied(notice(9, 'another'), version(0, 'another'), 600);
  expect(check.isOverdue(9000)).toBe(false);
});

it('ignores notices of other circuits and of other generations', () => {
  const check = following();
  check.heard(notice(4, 'another'));
  check.heard(notice(4, 'g', 'search'));
  check.replied(notice(4), version(3), 500);
  expect(check.isOverdue(1500)).toBe(true);
});
