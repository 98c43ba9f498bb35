import { describe, expect, it } from 'vitest';
import { Flight } from './flight.ts';
import { FlightIndex } from './flight-index.ts';

function take(key: unknown): Flight {
  return new Flight(new FlightIndex(), key, 1, 0);
}

describe('what is running', () => {
  it('is remembered by key until all of it has ended', () => {
    const flights = new FlightIndex<Flight>();
    const [first, second, other] = [take('a'), take('a'), take('b')];
    for (const flight of [first, second, other]) flights.add(flight, false);
    expect(flights.size).toBe(2);
    expect(flights.remove(first)).toBe(true);
    expect(flights.size).toBe(2);
    expect(flights.remove(second)).toBe(true);
    expect(flights.size).toBe(1);
    expect(flights.remove(other)).toBe(true);
    expect(flights.size).toBe(0);
  });

  it('may be joined only where that was said, and until it has ended', () => {
    const flights = new FlightIndex<Flight>();
    const [joinable, alone] = [take('a'), take('b')];
    flights.add(joinable, true);
    flights.add(alone, false);
    expect(flights.joinable('a')).toBe(joinable);
    expect(flights.joinable('b')).toBeUndefined();
    expect(flights.joinable('c')).toBeUndefined();
    flights.remove(joinable);
    expect(flights.joinable('a')).toBeUndefined();
  });

  it('is taken out once', () => {
    const flights = new FlightIndex<Flight>();
    const [first, second] = [take('a'), take('a')];
    flights.add(first, false);
    flights.add(second, false);
    expect(flights.remove(first)).toBe(true);
    expect(flights.remove(first)).toBe(false);
    expect(flights.size).toBe(1);
  });

  it('is kept no more once its key was forgotten, while what came after is', () => {
    for (const forget of [
      (flights: FlightIndex<Flight>) => flights.forget('a'),
      (flights: FlightIndex<Flight>) => flights.clear(),
    ]) {
      const flights = new FlightIndex<Flight>();
      const [before, after] = [take('a'), take('a')];
      flights.add(before, true);
      forget(flights);
      expect(flights.size).toBe(0);
      expect(flights.joinable('a')).toBeUndefined();
      flights.add(after, true);
      expect(flights.remove(before)).toBe(false);
      expect(flights.joinable('a')).toBe(after);
      expect(flights.remove(after)).toBe(true);
    }
  });
});
