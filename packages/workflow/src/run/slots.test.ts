import { describe, expect, it } from 'vitest';
import { Slots } from './slots.ts';

describe('the slots of a workflow', () => {
  it('go to those who go on before those who begin, and first come first served', async () => {
    const slots = new Slots(1);
    await slots.take('begin');
    const order: string[] = [];
    const waiting = [
      slots.take('begin').then(() => order.push('begins')),
      slots.take('goOn').then(() => order.push('goes on first')),
      slots.take('goOn').then(() => order.push('goes on second')),
    ];
    for (const wait of [waiting[1], waiting[2], waiting[0]]) {
      slots.release();
      await wait;
    }
    expect(order).toEqual(['goes on first', 'goes on second', 'begins']);
  });
});
