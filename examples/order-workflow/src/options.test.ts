import { describe, expect, it } from 'vitest';
import { readCommandLine } from './options.ts';

describe('readCommandLine', () => {
  it('has defaults for everything', () => {
    expect(readCommandLine([])).toEqual({
      type: 'run',
      options: { orders: 100, seed: 1, outage: 8 },
    });
  });

  it('takes a Postgres of the user', () => {
    expect(readCommandLine(['--database-url', 'postgres://me@db.example:5433/shop'])).toMatchObject(
      {
        type: 'run',
        options: { databaseUrl: new URL('postgres://me@db.example:5433/shop') },
      },
    );
  });

  it.each([
    [['--orders', '5'], 'an integer from 10 to 5000'],
    [['--outage', '0'], 'a number from 1 to 120'],
    [['--seed', 'x'], 'an integer from 0 to 4294967295'],
    [['--database-url', 'mysql://db.example/shop'], 'postgres:// or postgresql://'],
    [['--database-url', 'postgres:///shop'], 'with a host'],
    [['--kills', '3'], "unknown option '--kills'"],
  ])('rejects %j', (args, text) => {
    const command = readCommandLine(args);
    expect(command.type).toBe('invalid');
    expect(command.type === 'invalid' && command.text).toContain(text);
  });
});
