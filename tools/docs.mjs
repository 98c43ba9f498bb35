// Checks the documentation: every `ts` block of README.md and docs/ compiles against the built
// packages and runs, and no link in any Markdown file is dead. Needs a build.
import { readFileSync } from 'node:fs';
import { checkExamples } from './docs/examples.mjs';
import { checkLinks } from './docs/links.mjs';
import { extractExamples } from './docs/markdown.mjs';
import { listFiles } from './lib/files.mjs';
import { reportFindings } from './lib/findings.mjs';
import { fromRoot } from './lib/paths.mjs';

const files = listFiles('', /\.md$/);
const examples = files
  .filter((file) => file === 'README.md' || file.startsWith('docs/'))
  .flatMap((file) => extractExamples(file, readFileSync(fromRoot(file), 'utf8')));
console.log(`${String(examples.length)} examples, ${String(files.length)} Markdown files`);
reportFindings('documentation', [...(await checkExamples(examples)), ...files.flatMap(checkLinks)]);
