import { expect, it } from 'vitest';
import { bankCapacity, BankLife } from './bank-life.ts';

function bankAt(phase: BankLife['phase']): BankLife {
  const bank = new BankLife(() => 0.5);
  bank.phase = phase;
  return bank;
}

function answersOf(bank: BankLife, calls: number): string[] {
  return Array.from({ length: calls }, (_, at) => bank.begin(at).answer);
}

it('does its work while it is healthy, however many call', () => {
  expect(new Set(answersOf(bankAt('healthy'), 100))).toEqual(new Set(['ok']));
});

it('does nothing while it is down', () => {
  expect(new Set(answersOf(bankAt('outage'), 10))).toEqual(new Set(['down']));
});

it('rejects calls above its capacity after the outage', () => {
  const answers = answersOf(bankAt('recovery'), bankCapacity + 2);
  expect(answers.slice(0, bankCapacity)).not.toContain('overloaded');
  expect(answers.slice(bankCapacity)).toEqual(['overloaded', 'overloaded']);
});

it('takes another call once one has ended', () => {
  const bank = bankAt('recovery');
  answersOf(bank, bankCapacity);
  bank.end();
  expect(bank.begin(0).answer).toBe('ok');
});

it('tells its calls once, in their order', () => {
  const bank = bankAt('outage');
  bank.begin(7);
  expect(bank.takeNews()).toEqual([{ at: 7, answer: 'down' }]);
  expect(bank.takeNews()).toEqual([]);
});
