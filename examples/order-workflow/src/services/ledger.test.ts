import { expect, it } from 'vitest';
import { Ledger } from './ledger.ts';

const charge = { effect: 'charge', order: 'order-1', key: 'order-1:pay', at: 10 } as const;

it('does the work of a key once, however often it is asked for', () => {
  const ledger = new Ledger();
  expect(ledger.enter(charge).repeated).toBe(false);
  expect(ledger.enter({ ...charge, at: 20 }).repeated).toBe(true);
});

it('takes another key for other work, even for the same order', () => {
  const ledger = new Ledger();
  ledger.enter(charge);
  expect(ledger.enter({ ...charge, key: 'another' }).repeated).toBe(false);
});

it('tells its entries once, in their order', () => {
  const ledger = new Ledger();
  ledger.enter(charge);
  ledger.enter({ ...charge, at: 20 });
  expect(ledger.takeNews().map(({ at }) => at)).toEqual([10, 20]);
  expect(ledger.takeNews()).toEqual([]);
});
