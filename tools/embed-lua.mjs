// Writes the Lua scripts into a module, because bundlers take no files along but modules. A test of
// the package compares the two.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeGenerated } from './lib/generated.mjs';
import { fromRoot } from './lib/paths.mjs';
import { templateLiteral } from './lib/template-literal.mjs';

const folder = 'packages/fleet/src/redis';

/**
 * The text that the server is sent: parts in the place of their includes, and no comments.
 *
 * @param {string} file
 * @returns {string}
 */
function textOf(file) {
  return readFileSync(fromRoot(`${folder}/scripts/${file}`), 'utf8')
    .replace(/^-- include (\S+)$/gm, (_, part) => textOf(String(part)))
    .replace(/^ *--.*\n/gm, '')
    .replace(/\n{2,}/g, '\n')
    .trim();
}

/** @param {string} name */
function constantOf(name) {
  const text = textOf(`${name}.lua`);
  const sha1 = createHash('sha1').update(text).digest('hex');
  return `\nexport const ${name}Script: Script = {\n  sha1: '${sha1}',\n  text: ${templateLiteral(text)},\n};\n`;
}

writeGenerated('Lua scripts', {
  [`${folder}/scripts.generated.ts`]: `// Written by tools/embed-lua.mjs from the files in scripts/. Change those, then run it.
import type { Script } from './script.ts';
${['announce', 'exchange', 'list', 'read', 'view'].map(constantOf).join('')}`,
});
