import { describe, expect, it } from 'vitest';
import type { Order } from '../orders.ts';
import { unreachable } from '../orders.ts';
import type { Effect } from '../services/effects.ts';
import { figuresOf } from './figures.ts';
import type { SideFigures } from './figures.ts';
import { SideTally } from './side-tally.ts';

const outage = { outageFrom: 1_000, outageTo: 2_000 };

function order(id: string, country = 'Chile'): Order {
  return { id, item: 'lamp', amount: 1, country };
}

function figures(
  orders: readonly Order[],
  ...done: [order: string, effects: Effect[]][]
): SideFigures {
  const tally = new SideTally('highway', 'Highway', '');
  for (const [id, effects] of done) {
    tally.addNews(
      [],
      effects.map((effect, i) => ({
        effect,
        order: id,
        key: `${id}:${effect}:${i}`,
        at: 2_500 + i,
        repeated: false,
      })),
    );
  }
  return figuresOf(tally, orders, outage);
}

describe('an order', () => {
  const rejected = order('a', unreachable);

  it.each<[string, Order, Effect[], Partial<SideFigures>]>([
    ['is done with all three steps', order('a'), ['reserve', 'charge', 'ship'], { done: 1 }],
    ['is open before the last', order('a'), ['reserve', 'charge'], { unfinished: 1 }],
    ['is open before the first', order('a'), [], { unfinished: 1 }],
    ['is wrong when paid twice', order('a'), ['reserve', 'charge', 'charge'], { wrong: ['a'] }],
    ['is wrong when paid first', order('a'), ['charge'], { wrong: ['a'] }],
    [
      'is compensated, newest step first',
      rejected,
      ['reserve', 'charge', 'refund', 'release'],
      { compensated: 1 },
    ],
    [
      'is open until all steps are compensated',
      rejected,
      ['reserve', 'charge', 'refund'],
      { unfinished: 1 },
    ],
    [
      'is wrong if it is compensated twice',
      rejected,
      ['reserve', 'charge', 'refund', 'release', 'refund'],
      { wrong: ['a'] },
    ],
  ])('%s', (_, given, effects, expected) => {
    const ends = { done: 0, compensated: 0, unfinished: 0, wrong: [], ...expected };
    expect(figures([given], ['a', effects])).toMatchObject(ends);
  });
});

it('counts the time to the last thing done once no order is open', () => {
  const effects: Effect[] = ['reserve', 'charge', 'ship'];
  expect(figures([order('a')], ['a', effects]).recoveredAfter).toBe(502);
  expect(figures([order('a'), order('b')], ['a', effects]).recoveredAfter).toBeNull();
});

it('leaves calls for work done before out of the ledger, and counts them', () => {
  const tally = new SideTally('highway', 'Highway', '');
  const entry = { effect: 'reserve', order: 'a', key: 'k', at: 1 } as const;
  tally.addNews([], [{ ...entry, repeated: false }]);
  tally.addNews([], [{ ...entry, repeated: true }]);
  expect(figuresOf(tally, [order('a')], outage)).toMatchObject({ repeated: 1, wrong: [] });
});

it('counts the calls to the payment service by what it answered', () => {
  const tally = new SideTally('highway', 'Highway', '');
  tally.addNews(
    (['ok', 'down', 'down', 'overloaded'] as const).map((answer, at) => ({ at, answer })),
    [],
  );
  expect(figuresOf(tally, [], outage)).toMatchObject({
    bankCalls: 4,
    bankCallsInOutage: 2,
    rejectedForOverload: 1,
  });
});
