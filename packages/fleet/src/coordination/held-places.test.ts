import { describe, expect, it } from 'vitest';
import { HeldPlaces } from './held-places.ts';

describe('the test places that a node holds', () => {
  it('are for one call each, in the order of their fencing numbers', () => {
    const places = new HeldPlaces();
    places.add([7, 8], 1000);
    expect([places.begin(0), places.begin(1), places.begin(2)]).toEqual([7, 8, undefined]);
    expect(places.takeNews()).toEqual({ begun: [7, 8], settled: [] });
  });

  it('are given back where no call came in time, by those that ask and by those that tell', () => {
    const places = new HeldPlaces();
    places.add([7], 1000);
    expect(places.hasFree(999)).toBe(true);
    expect(places.hasFree(1000)).toBe(false);
    expect(places.begin(1000)).toBeUndefined();
    places.add([8], 2000);
    places.giveBackUnused(1999);
    expect(places.hasFree(1999)).toBe(true);
    places.giveBackUnused(2000);
    expect(places.takeNews().settled).toEqual([
      { fence: 7, outcome: 'release' },
      { fence: 8, outcome: 'release' },
    ]);
  });

  it('are settled once, and only where a call has begun', () => {
    const places = new HeldPlaces();
    places.add([7], 1000);
    expect(places.settle(7, 'success')).toBe(false);
    places.begin(0);
    expect(places.settle(7, 'success')).toBe(true);
    expect(places.settle(7, 'failure')).toBe(false);
    expect(places.takeNews().settled).toEqual([{ fence: 7, outcome: 'success' }]);
  });

  it('have news that are told again, before newer ones, where they did not arrive', () => {
    const places = new HeldPlaces();
    places.add([7, 8], 1000);
    places.begin(0);
    const news = places.takeNews();
    places.begin(0);
    places.putBack(news);
    expect(places.takeNews().begun).toEqual([7, 8]);
  });

  it('are for no call after they are closed, but what has begun is still told', () => {
    const places = new HeldPlaces();
    places.add([7, 8], 1000);
    places.begin(0);
    places.close();
    expect(places.begin(1)).toBeUndefined();
    expect(places.settle(7, 'success')).toBe(false);
    expect(places.takeNews().begun).toEqual([7]);
  });

  it('mean nothing any more once their state has passed', () => {
    const places = new HeldPlaces();
    places.add([7, 8], 1000);
    places.begin(0);
    places.clear();
    expect(places.takeNews()).toEqual({ begun: [], settled: [] });
  });
});
