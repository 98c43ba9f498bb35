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

  it('explains itself', () => {
    const help = readCommandLine(['--help']);
    expect(help.type).toBe('help');
    for (const option of ['--seconds', '--rate', '--seed', '--json', '--url', '130']) {
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
    ['--seed', '1.5', 'whole number'],
    ['--json', '/nowhere/at/all.json', 'folder that exists'],
    ['--json', tmpdir(), 'path of a file'],
    ['--url', 'localhost', 'http or https URL'],
    ['--url', 'ftp://localhost/', 'http or https URL'],
    ['--url', 'http://me:secret@localhost/', 'without a user name'],
  ])('refuses %s %s in one line that says what is allowed', (option, value, allowed) => {
    const refusal = readCommandLine([`${option}=${value}`]);
    const text = refusal.type === 'refusal' ? refusal.text : '';
    expect(text).toMatch(/^[^\n]+\n$/);
    for (const part of [option, `'${value}'`, allowed]) expect(text).toContain(part);
  });

  it.each([['--bogus'], ['extra'], ['--seconds']])('refuses %s', (arg) => {
    expect(readCommandLine([arg])).toMatchObject({ type: 'refusal' });
  });
});
