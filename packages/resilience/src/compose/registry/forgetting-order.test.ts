import { describe, expect, it } from 'vitest';
import { ForgettingOrder, leastLooks } from './forgetting-order.ts';
import type { Forgettable } from './forgetting-order.ts';
import type { Retention } from './kinds.ts';

class Element implements Forgettable<Element> {
  older: Element | undefined = undefined;
  newer: Element | undefined = undefined;
  retained = false;
  state: Retention;
  looks = 0;
  readonly name: number;

  constructor(name: number, state: Retention) {
    this.name = name;
    this.state = state;
  }

  retention(): Retention {
    this.looks++;
    return this.state;
  }
}

function make(count: number, state: Retention) {
  const order = new ForgettingOrder<Element>();
  const elements = Array.from({ length: count }, (_, name) => new Element(name, state));
  for (const each of elements) order.add(each);
  const looks = (): number => elements.reduce((sum, each) => sum + each.looks, 0);
  /** Forgets an element, and returns its name. */
  const forget = (): number | undefined => {
    const gone = order.expendable();
    if (gone !== undefined) order.remove(gone);
    return gone?.name;
  };
  return { order, elements, looks, forget };
}

describe('an order of elements to forget', () => {
  it('gives the least recently used idle one first', () => {
    const { order, elements, forget } = make(4, 'idle');
    elements[1]!.state = 'needed';
    order.use(elements[0]!);
    expect([forget(), forget(), forget(), forget()]).toEqual([2, 3, 0, undefined]);
  });

  it('gives idle ones before cooled ones, and those in the order of use', () => {
    const { elements, forget } = make(4, 'cooled');
    elements[3]!.state = 'idle';
    elements[1]!.state = 'needed';
    expect([forget(), forget(), forget(), forget()]).toEqual([3, 0, 2, undefined]);
  });

  it('keeps to the order of use if elements are needed in between', () => {
    const { elements, forget } = make(4, 'needed');
    expect(forget()).toBe(undefined);
    for (const each of elements) each.state = 'cooled';
    elements[2]!.state = 'idle';
    expect(forget()).toBe(2);
    elements[3]!.state = 'idle';
    elements[0]!.state = 'needed';
    expect([forget(), forget(), forget()]).toEqual([3, 1, undefined]);
  });

  it('takes constant time for each element, even if all are needed', () => {
    const count = 10_000;
    const { looks, forget } = make(count, 'needed');
    for (let i = 0; i < 3; i++) expect(forget()).toBe(undefined);
    expect(looks()).toBeLessThanOrEqual(2 * count + 3 * leastLooks);
    for (let i = 0; i < 1_000; i++) {
      const before = looks();
      expect(forget()).toBe(undefined);
      expect(looks() - before).toBeLessThanOrEqual(leastLooks);
    }
  });

  it('takes constant time for each element, even if all are in use and asked for', () => {
    const count = 5_000;
    const { order, elements, looks, forget } = make(count, 'needed');
    for (let round = 0; round < 20; round++) {
      for (const each of elements) order.use(each);
      for (let i = 0; i < 100; i++) forget();
    }
    const asked = 21 * count;
    expect(looks()).toBeLessThanOrEqual(2 * asked + 20 * 100 * leastLooks);
  });

  it('takes constant time for each element that it forgets, if many are cooled', () => {
    const count = 10_000;
    const { elements, looks, forget } = make(count, 'cooled');
    for (let i = 0; i < count; i += 2) elements[i]!.state = 'needed';
    for (let i = 1; i < count; i += 2) expect(forget()).not.toBe(undefined);
    expect(forget()).toBe(undefined);
    expect(looks()).toBeLessThanOrEqual(3 * count + count * (leastLooks + 1));
  });

  it('finds an element in time that is no longer needed, wherever it is', () => {
    const count = 1_000;
    for (const [state, at] of [
      ['idle', 0],
      ['idle', 500],
      ['cooled', 777],
      ['cooled', 999],
    ] as const) {
      const { elements, forget } = make(count, 'needed');
      for (let i = 0; i < 5; i++) expect(forget()).toBe(undefined);
      elements[at]!.state = state;
      let found: number | undefined;
      let tries = 0;
      while (found === undefined && tries++ < 2 * (count / leastLooks)) found = forget();
      expect(found).toBe(at);
    }
  });

  it('looks at all of them again once it was asked as often', () => {
    const count = 1_000;
    const { order, elements, forget } = make(count, 'needed');
    for (let i = 0; i < 5; i++) expect(forget()).toBe(undefined);
    for (let i = 0; i < count; i++) order.use(elements[0]!);
    elements[300]!.state = 'idle';
    elements[600]!.state = 'idle';
    expect(forget()).toBe(300);
  });

  it('forgets no cooled element that is needed again, or was removed', () => {
    const { order, elements, forget } = make(3, 'cooled');
    elements[2]!.state = 'idle';
    expect(forget()).toBe(2);
    order.remove(elements[0]!);
    elements[1]!.state = 'needed';
    expect(forget()).toBe(undefined);
  });

  it('lists all elements in the order in which to forget them', () => {
    const { order, elements, forget } = make(6, 'needed');
    expect(forget()).toBe(undefined);
    order.use(elements[0]!);
    elements[0]!.state = elements[3]!.state = 'idle';
    elements[5]!.state = elements[1]!.state = 'cooled';
    expect(order.byPreference().map(({ name }) => name)).toEqual([3, 0, 1, 5, 2, 4]);
  });
});
