import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as generated from '../../src/redis/scripts.generated.ts';

const folder = new URL('../../src/redis/scripts/', import.meta.url);
const parts = ['prelude.lua', 'record.lua'];
const scripts = readdirSync(folder).filter((file) => !parts.includes(file));

function read(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8');
}

/** The content of a file with its includes, without comments. */
function linesOf(file: string): string[] {
  return read(file)
    .split('\n')
    .flatMap((line) => {
      const part = /^-- include (\S+)$/.exec(line)?.[1];
      return part === undefined ? [line] : linesOf(part);
    })
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('--'));
}

describe('the Lua scripts', () => {
  it('are embedded as in their files; otherwise run tools/embed-lua.mjs', () => {
    const embedded = Object.entries(generated).map(([name, { text }]) => [name, text.split('\n')]);
    expect(embedded).toEqual(
      scripts.map((file) => [file.replace('.lua', 'Script'), linesOf(file)]),
    );
  });

  it('have the SHA-1 of their text', () => {
    for (const { sha1, text } of Object.values(generated)) {
      expect(sha1).toBe(createHash('sha1').update(text).digest('hex'));
    }
  });

  it.each(readdirSync(folder))(
    'start with their keys, arguments, results and effects: %s',
    (file) => {
      expect(read(file)).toMatch(
        /^-- [A-Z][^]*?\n-- KEYS .*\n[^]*?-- ARGV .*\n[^]*?-- Result .*\n[^]*?-- Effects /,
      );
    },
  );
});
