import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { migrations } from './migrations.generated.ts';

const folder = new URL('migrations/', import.meta.url);

describe('the embedded migrations', () => {
  it('match the SQL files, in order', () => {
    const files = readdirSync(folder)
      .sort()
      .map((file) => {
        const sql = readFileSync(new URL(file, folder), 'utf8');
        const checksum = createHash('sha256').update(sql).digest('hex');
        return { version: Number(file.slice(0, 4)), name: file.slice(5, -4), checksum, sql };
      });
    // If not: node tools/embed-sql.mjs
    expect(migrations).toEqual(files);
  });

  it('are numbered from 1 without a gap', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, i) => i + 1));
  });

  it('start with their arguments, results and side effects', () => {
    const labels = ['Arguments:', 'Results:', 'Side effects:'];
    const headless = migrations.filter(({ sql }) => {
      const head = sql.slice(0, sql.indexOf('\n\n'));
      return !labels.every((label) => head.includes(label));
    });
    expect(headless).toEqual([]);
  });
});
