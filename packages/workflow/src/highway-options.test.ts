import { describe, expect, it } from 'vitest';
import { readHighwayOptions } from './highway-options.ts';
import type { HighwayOptions } from './highway-options.ts';

describe('the options of a Highway', () => {
  it.each([
    [{ name: '' }, 'Highway: name: "" is not allowed; it takes a text of 1 to 200 characters'],
    [{ nam: 'x' }, 'Highway: unknown option "nam"; known are name, databaseUrl'],
    [{ databaseUrl: 'postgres://x', dataDir: 'y' }, 'databaseUrl and dataDir: give one of them'],
    [{ dataDir: '' }, 'Highway: dataDir: takes a text that is not empty'],
    [{ executorId: 5 }, 'Highway: executorId: takes a text that is not empty'],
    [{ version: 'a#b' }, 'Highway: version: "a#b" is not allowed'],
    [{ canaries: 0 }, 'Highway: canaries: 0 is not allowed; it takes an integer of at least 1'],
    [{ fleet: {} }, 'Highway: fleet: takes an object with the methods join, leave'],
    [{ logger: console.log }, 'Highway: logger: takes an object with the methods debug, info'],
    [{ clock: Date }, 'Highway: clock: takes an object with the methods now, setTimeout'],
    [{ random: 0.5 }, 'Highway: random: takes a function'],
  ])('are refused by name where they are bad: %o', (options, message) => {
    const given = { name: 'shop', ...options } as unknown as HighwayOptions;
    expect(() => readHighwayOptions(given)).toThrow(message);
  });

  it('need no more than a name', () => {
    expect(readHighwayOptions({ name: 'shop' })).toMatchObject({
      dataDir: '.highway',
      canaries: 2,
    });
  });
});
