import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fromRoot } from './lib/paths.mjs';

const folder = '.github/workflows';

it.each(readdirSync(fromRoot(folder)))('%s pins its actions and starts without rights', (file) => {
  const text = readFileSync(fromRoot(`${folder}/${file}`), 'utf8');
  const actions = [...text.matchAll(/uses: (.*)$/gm)].map(([, action]) => action);
  expect(actions.length).toBeGreaterThan(0);
  for (const action of actions)
    expect(action).toMatch(/^[\w-]+\/[\w-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/);
  expect(text).toMatch(/^permissions:\n {2}contents: read\n\n/m);
});
