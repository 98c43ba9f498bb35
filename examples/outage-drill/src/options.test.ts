import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCommandLine } from './options.ts';

describe('the command line', () => {
  it('has a default for everything that needs one', () => {
    expect(readCommandLine([])).toEqual({
      type: 'run',
      options: { seconds: 20, rate: 60, seed: 1 },
    });
  });

  it('takes every option', () => {
    const json = join(tmpdir(), 'drill.json');
    const url = 'http://localhost:3000/health?x=1';
    const args = ['--seconds', '7.5', '--rate=100', '--seed', '42', '--json', json, '--url', url];
    expect(readCommandLine(args)).toEqual({
      type: 'run',
      options: { seconds: 7.5, rate: 100, seed: 42, json, url: new URL(url) },
    });
  });

  it('takes the options of a fleet, which has fewer calls by default', () => {
    expect(readCommandLine(['--fleet', '8', '--store', 'postgres'])).toEqual({
      type: 'run',
      options: { seconds: 20, rate: 30, seed: 1, fleet: 8, store: 'postgres' },
    });
    expect(
      readCommandLine(['--fleet=2', '--rate=40', '--store-url=rediss://me:pw@db:1/2']),
    ).toEqual({
      type: 'run',
      options: {
        seconds: 20,
        rate: 40,
        seed: 1,
        fleet: 2,
        storeUrl: new URL('rediss://me:pw@db:1/2'),
      },
    });
  });

  it('explains itself', () => {
    const help = readCommandLine(['--help']);
    expect(help.type).toBe('help');
    const options = ['--seconds', '--rate', '--seed', '--json', '--url', '--fleet', '--store'];
    for (const option of [...options, '--store-url', '130']) {
      expect(help).toHaveProperty('text', expect.stringContaining(option));
    }
  });

  it.each([
    ['--seconds', 'soon', '3 to 600'],
    ['--seconds', '2', '3 to 600'],
    ['--seconds', '601', '3 to 600'],
    ['--seconds', '', '3 to 600'],
    ['--seconds', '0x10', '3 to 600'],
    ['--rate', '-5', '20 to 500'],
    ['--rate', 'Infinity', '20 to 500'],
    ['--seed', '1.5', 'an integer'],
    ['--json', '/nowhere/at/all.json', 'folder that exists'],
    ['--json', tmpdir(), 'path of a file'],
    ['--url', 'localhost', 'http or https URL'],
    ['--url', 'ftp://localhost/', 'http or https URL'],
    ['--url', 'http://me:secret@localhost/', 'without a user name'],
    ['--fleet', '0', 'an integer from 2 to 20'],
    ['--fleet', '1', 'an integer from 2 to 20'],
    ['--fleet', '2.5', 'an integer from 2 to 20'],
    ['--fleet', 'all', 'an integer from 2 to 20'],
    ['--store', 'mysql', 'redis or postgres'],
    ['--store-url', 'localhost:6379', 'redis://'],
    ['--store-url', 'mysql://localhost/', 'postgres://'],
    ['--store-url', 'redis://', 'redis://'],
  ])('rejects %s %s with one line that says what is allowed', (option, value, allowed) => {
    const invalid = readCommandLine([`${option}=${value}`]);
    const text = invalid.type === 'invalid' ? invalid.text : '';
    expect(text).toMatch(/^[^\n]+\n$/);
    for (const part of [option, `'${value}'`, allowed]) expect(text).toContain(part);
  });

  it.each([
    [['--store', 'redis'], '--store'],
    [['--store-url', 'redis://localhost'], '--store-url'],
    [['--fleet', '8', '--url', 'http://localhost/'], '--url'],
    [['--fleet', '8', '--store', 'redis', '--store-url', 'redis://localhost'], '--store-url'],
  ])('rejects %j, because they exclude each other', (args, option) => {
    const invalid = readCommandLine(args);
    const text = invalid.type === 'invalid' ? invalid.text : '';
    expect(text).toMatch(/^[^\n]+\n$/);
    expect(text).toContain(option);
  });

  it.each([['--bogus'], ['extra'], ['--seconds']])('rejects %s', (arg) => {
    expect(readCommandLine([arg])).toMatchObject({ type: 'invalid' });
  });
});
