// Type-checks what the build doesn't compile: the tests of every workspace, and the tools.
import { existsSync } from 'node:fs';
import { fromRoot } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { workspaceFolders } from './lib/workspaces.mjs';

const projects = ['tools', ...workspaceFolders().map((folder) => `${folder}/tsconfig.test.json`)];
for (const project of projects.filter((path) => existsSync(fromRoot(path)))) {
  const { code } = await run('tsc', ['--project', project]);
  console.log(`${project}: ${code === 0 ? 'no type errors' : 'type errors'}`);
  if (code !== 0) process.exitCode = 1;
}
