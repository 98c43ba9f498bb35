import { describe, expect, it } from 'vitest';
import { readHighwayOptions } from './highway-options.ts';
import type { HighwayOptions } from './highway-options.ts';

describe('the options of a Highway', () => {
  it.each([
    [{ name: '' }, 'Highway: name: "" is invalid; expected a string of 1 to 200 characters'],
    [{ nam: 'x' }, 'Highway: unknown option "nam"; known options are name, databaseUrl'],
    [
      { databaseUrl: 'postgres://x', dataDir: 'y' },
      'databaseUrl and dataDir: pass only one of them',
    ],
    [{ dataDir: '' }, 'Highway: dataDir: expected a non-empty string'],
    [{ executorId: 5 }, 'Highway: executorId: expected a non-empty string'],
    [{ version: 'a#b' }, 'Highway: version: "a#b" is invalid'],
    [{ trialCalls: 0 }, 'Highway: trialCalls: 0 is invalid; expected an integer of at least 1'],
    [{ fleet: {} }, 'Highway: fleet: expected an object with the methods join, leave'],
    [{ logger: console.log }, 'Highway: logger: expected an object with the methods debug, info'],
    [{ clock: Date }, 'Highway: clock: expected an object with the methods now, setTimeout'],
    [{ random: 0.5 }, 'Highway: random: expected a function'],
  ])('are invalid, and the error names the option: %o', (options, message) => {
    const given = { name: 'shop', ...options } as unknown as HighwayOptions;
    expect(() => readHighwayOptions(given)).toThrow(message);
  });

  it('need only a name', () => {
    expect(readHighwayOptions({ name: 'shop' })).toMatchObject({
      dataDir: '.highway',
      trialCalls: 2,
    });
  });
});
