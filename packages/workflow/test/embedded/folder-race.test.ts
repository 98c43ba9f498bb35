import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const lock = new URL('../../dist/embedded/folder-lock.js', import.meta.url).href;
// Tries when it is told to, says whether it got the folder, and stays.
const program = `
  import { lockFolder } from '${lock}';
  process.on('message', (folder) => {
    try { lockFolder(folder); process.send('held'); } catch ({ code }) { process.send(code); }
  });
  process.send('ready');`;

describe('a folder that a dead process has left locked', { timeout: 60_000 }, () => {
  let root: string;
  let children: ChildProcess[] = [];

  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });

  it('is taken over by one of those who come at the same time', async () => {
    root = mkdtempSync(join(tmpdir(), 'highway-race-'));
    const file = join(root, 'holder.mjs');
    writeFileSync(file, program);
    for (let round = 0; round < 5; round += 1) {
      const folder = mkdtempSync(join(root, 'data-'));
      writeFileSync(join(folder, 'lock'), '4194304999');
      children = Array.from({ length: 5 }, () => fork(file, { execArgv: [] }));
      await Promise.all(children.map((child) => once(child, 'message')));
      const answers = children.map((child) => once(child, 'message'));
      for (const child of children) child.send(folder);
      const said = (await Promise.all(answers)).map(([message]) => String(message));
      expect(said.sort()).toEqual([...Array<string>(4).fill('ERR_ENGINE_IN_USE'), 'held']);
      for (const child of children) child.kill('SIGKILL');
    }
  });
});
