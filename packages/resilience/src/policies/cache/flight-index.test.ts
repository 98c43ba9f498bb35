import { describe, expect, it } from 'vitest';
import { Flight } from './flight.ts';
import { FlightIndex } from './flight-index.ts';

function take(key: unknown): Flight {
  return new Flight(new FlightIndex(), key, 1, 0);
}

describe('the index of running executions', () => {
  it('has executions by key until all of them have ended', () => {
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

  it('has an execution to join only if that is allowed, and until it ends', () => {
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

  it('loses an execution once', () => {
    const flights = new FlightIndex<Flight>();
    const [first, second] = [take('a'), take('a')];
    flights.add(first, false);
    flights.add(second, false);
    expect(flights.remove(first)).toBe(true);
    expect(flights.remove(first)).toBe(false);
    expect(flights.size).toBe(1);
  });

  it('drops executions whose key is forgotten, and keeps later ones', () => {
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
