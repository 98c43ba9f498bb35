// Checks every package as it would be published: its manifest and files (publint), and whether its
// types resolve for those who import it (attw). Needs a build.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './lib/pack.mjs';
import { run } from './lib/run.mjs';
import { publishedFolders } from './lib/workspaces.mjs';

const temporary = mkdtempSync(join(tmpdir(), 'highway-pack-'));
try {
  for (const folder of publishedFolders()) {
    const tarball = await pack(folder, temporary);
    const results = [
      await run('publint', ['run', tarball, '--strict']),
      await run('attw', [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji']),
    ];
    if (results.some(({ code }) => code !== 0)) process.exitCode = 1;
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
