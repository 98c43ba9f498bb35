// Writes the SQL of migrations into a module, because bundlers take no files along but modules.
// A test of the package compares the two.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { writeGenerated } from './lib/generated.mjs';
import { fromRoot } from './lib/paths.mjs';
import { templateLiteral } from './lib/template-literal.mjs';

const folder = 'packages/fleet/src/postgres';

const migrations = readdirSync(fromRoot(`${folder}/migrations`))
  .filter((file) => file.endsWith('.sql'))
  .sort()
  .map((file) => {
    const sql = readFileSync(fromRoot(`${folder}/migrations/${file}`), 'utf8');
    const checksum = createHash('sha256').update(sql).digest('hex');
    return `  {
    version: ${Number(file.slice(0, 4))},
    name: '${file.slice(5, -4)}',
    checksum: '${checksum}',
    sql: ${templateLiteral(sql)},
  },
`;
  });

writeGenerated('SQL migrations', {
  [`${folder}/migrations.generated.ts`]: `// Written by tools/embed-sql.mjs from the files in migrations/. Change those, then run it.
import type { Migration } from './migrate.ts';

export const migrations: readonly Migration[] = [
${migrations.join('')}];
`,
});
