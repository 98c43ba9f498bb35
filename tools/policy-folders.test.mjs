import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';

const policies = new URL('../packages/resilience/src/policies/', import.meta.url);
const folders = readdirSync(policies, { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
);

it.each(folders.map(({ name }) => name))(
  'keeps the parts of %s where every policy has them',
  (name) => {
    const files = readdirSync(new URL(`${name}/`, policies));
    expect(files).toEqual(expect.arrayContaining(['index.ts', 'options.ts', 'policy.ts']));
    const stages = files.filter((file) => ['gate.ts', 'reactor.ts', 'wrapper.ts'].includes(file));
    expect(stages).toHaveLength(1);
  },
);
