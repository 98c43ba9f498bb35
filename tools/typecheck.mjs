// Type-checks what the build doesn't compile: the tools, and the tests of every workspace, those
// with compiler options of their own included.
import { existsSync } from 'node:fs';
import { listFiles } from './lib/files.mjs';
import { fromRoot } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { workspaceFolders } from './lib/workspaces.mjs';

const projects = [
  'tools',
  ...workspaceFolders().flatMap((folder) => [
    `${folder}/tsconfig.test.json`,
    ...listFiles(`${folder}/test`, /^tsconfig\.json$/),
  ]),
];
for (const project of projects.filter((path) => existsSync(fromRoot(path)))) {
  const { code } = await run('tsc', ['--project', project]);
  console.log(`${project}: ${code === 0 ? 'no type errors' : 'type errors'}`);
  if (code !== 0) process.exitCode = 1;
}
