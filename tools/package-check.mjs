// Checks every package as it would be published: its manifest and files (publint), and whether its
// types resolve for everybody who imports it (attw). Needs a build.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './lib/pack.mjs';
import { run } from './lib/run.mjs';
import { publishedFolders } from './lib/workspaces.mjs';

// Every way in which TypeScript resolves, `node10` included. That CommonJS gets an ES module is meant.
const attw = ['--profile', 'strict', '--ignore-rules', 'cjs-resolves-to-esm', '--format', 'ascii'];

const temporary = mkdtempSync(join(tmpdir(), 'highway-pack-'));
try {
  for (const folder of publishedFolders()) {
    const tarball = await pack(folder, temporary);
    const results = [
      await run('publint', ['run', tarball, '--strict']),
      await run('attw', [tarball, ...attw]),
    ];
    if (results.some(({ code }) => code !== 0)) process.exitCode = 1;
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
