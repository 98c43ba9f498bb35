import { describe, expect, it } from 'vitest';
import { Slots } from './slots.ts';

describe('Slots', () => {
  it('gives slots to runs that continue before runs that start, first come, first served', async () => {
    const slots = new Slots(1);
    await slots.take('start');
    const order: string[] = [];
    const waiting = [
      slots.take('start').then(() => order.push('starts')),
      slots.take('continue').then(() => order.push('continues first')),
      slots.take('continue').then(() => order.push('continues second')),
    ];
    for (const wait of [waiting[1], waiting[2], waiting[0]]) {
      slots.release();
      await wait;
    }
    expect(order).toEqual(['continues first', 'continues second', 'starts']);
  });
});
