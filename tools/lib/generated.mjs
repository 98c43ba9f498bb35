import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { reportFindings } from './findings.mjs';
import { fromRoot } from './paths.mjs';

/**
 * Writes files that are made from others. With `--check` on the command line it only compares, and
 * fails where one is out of date.
 *
 * @param {string} subject what they are
 * @param {Readonly<Record<string, string>>} files texts by path, relative to the root
 */
export function writeGenerated(subject, files) {
  const check = process.argv.includes('--check');
  const findings = [];
  for (const [file, text] of Object.entries(files)) {
    const path = fromRoot(file);
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
    if (check) {
      findings.push(`${file}: out of date; run \`npm run generate\``);
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }
  reportFindings(subject, findings);
}
