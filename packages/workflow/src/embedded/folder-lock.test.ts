import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';

describe('the lock of a folder', () => {
  let folder: string;
  const file = (): string => join(folder, 'lock');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'highway-lock-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is held once, and by another after its release', () => {
    const release = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(`is in use by the process ${process.pid}`);
    release();
    expect(readdirSync(folder)).toEqual([]);
    lockFolder(folder)();
  });

  it('is refused while its holder lives', () => {
    writeFileSync(file(), String(process.ppid));
    expect(() => lockFolder(folder)).toThrow(`is in use by the process ${process.ppid}`);
    expect(readFileSync(file(), 'utf8')).toBe(String(process.ppid));
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it.each([
    ['a process that is gone', '4194304999'],
    ['nobody, since the machine went down', ''],
  ])('is taken over from %s', (_, holder) => {
    writeFileSync(file(), holder);
    const release = lockFolder(folder);
    expect(Number.parseInt(readFileSync(file(), 'utf8'), 10)).toBe(process.pid);
    release();
    expect(existsSync(file())).toBe(false);
  });

  it.runIf(existsSync('/proc/self/stat')).each([
    ['somebody else', process.ppid],
    ['this very process, as after a restart in a container', process.pid],
  ])('is taken over where the process id belongs to %s by now', (_, pid) => {
    lockFolder(folder);
    const [, boot, since] = readFileSync(file(), 'utf8').split(' ');
    writeFileSync(file(), `${pid} ${boot} ${Number(since) - 1}`);
    lockFolder(folder)();
    expect(existsSync(file())).toBe(false);
  });
});
