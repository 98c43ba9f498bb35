import { describe, expect, it } from 'vitest';
import { UsageOrder } from './usage-order.ts';
import type { Used } from './usage-order.ts';

class Item implements Used<Item> {
  older: Item | undefined = undefined;
  newer: Item | undefined = undefined;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

function make(...names: string[]) {
  const order = new UsageOrder<Item>();
  const items = names.map((name) => new Item(name));
  for (const item of items) order.add(item);
  return { order, items: Object.fromEntries(items.map((item) => [item.name, item])) };
}

/** Reads the order from its oldest element on, and checks the way back. */
function read({ oldest }: UsageOrder<Item>): string {
  let names = '';
  let before: Item | undefined;
  for (let item = oldest; item !== undefined; item = item.newer) {
    expect(item.older).toBe(before);
    names += item.name;
    before = item;
  }
  return names;
}

describe('a usage order', () => {
  it('is empty at first, and after clear', () => {
    const { order } = make();
    expect(order.oldest).toBeUndefined();
    const filled = make('a', 'b').order;
    filled.clear();
    expect(filled.oldest).toBeUndefined();
    filled.add(new Item('c'));
    filled.add(new Item('d'));
    expect(read(filled)).toBe('cd');
  });

  it('moves a used element to its end, from any position', () => {
    for (const [used, then] of [
      ['a', 'bca'],
      ['b', 'acb'],
      ['c', 'abc'],
    ] as const) {
      const { order, items } = make('a', 'b', 'c');
      order.use(items[used]!);
      expect(read(order)).toBe(then);
      order.add(new Item('d'));
      expect(read(order)).toBe(`${then}d`);
    }
  });

  it('closes the gap if an element is removed', () => {
    for (const [removed, then] of [
      ['a', 'bc'],
      ['b', 'ac'],
      ['c', 'ab'],
    ] as const) {
      const { order, items } = make('a', 'b', 'c');
      order.remove(items[removed]!);
      expect(read(order)).toBe(then);
      order.add(items[removed]!);
      expect(read(order)).toBe(then + removed);
    }
  });

  it('is empty again when its only element is removed', () => {
    const { order, items } = make('a');
    order.remove(items['a']!);
    expect(order.oldest).toBeUndefined();
    order.add(items['a']!);
    expect(read(order)).toBe('a');
  });
});
