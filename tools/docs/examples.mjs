import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import ts from 'typescript';
import { exportedNames } from '../lib/exported-names.mjs';
import { fromRoot } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';

/** @typedef {import('./markdown.mjs').Example} Example */

// Inside node_modules, so that the packages resolve as they do for users.
const folder = fromRoot('node_modules/.cache/highway-docs/');

/**
 * Compiles the examples against the built packages, and runs those that are to be run.
 *
 * @param {readonly Example[]} examples
 * @returns {Promise<string[]>} what failed, with files and lines
 */
export async function checkExamples(examples) {
  rmSync(folder, { recursive: true, force: true });
  const sources = new Map(examples.map((example) => [writeSource(example), example]));
  const findings = compile([...sources.keys()]);
  if (findings.length > 0) return findings;
  for (const [source, example] of sources) {
    if (!example.run) continue;
    const finding = await runExample(source.replace(/\.ts$/, '.js'), example);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

/**
 * Writes an example into a file of its own. Its code stands at the same lines as in the Markdown
 * file, so that the compiler's messages and stack traces point there.
 *
 * @param {Example} example
 * @returns {string} the file's path
 */
function writeSource({ file, line, code, setup }) {
  const path = `${folder}${file}/line-${String(line)}.ts`;
  mkdirSync(dirname(path), { recursive: true });
  const preamble = setup === undefined ? 'export {};' : importSetup(setup);
  writeFileSync(path, preamble + '\n'.repeat(line - 1) + code + '\n');
  return path;
}

/** @param {string} name */
function importSetup(name) {
  const module = fromRoot(`docs/setup/${name}.ts`);
  const copy = `${folder}setup/${name}.ts`;
  mkdirSync(dirname(copy), { recursive: true });
  ts.sys.writeFile(copy, ts.sys.readFile(module) ?? `throw new Error('No setup ${name}');`);
  return `import { ${[...exportedNames(module)].join(', ')} } from '${copy}';`;
}

/**
 * @param {string[]} files
 * @returns {string[]} the compiler's messages
 */
function compile(files) {
  const configFile = fromRoot('tools/docs/tsconfig.json');
  const { config } = ts.readConfigFile(configFile, (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(configFile));
  const program = ts.createProgram(files, options);
  program.emit();
  return ts.getPreEmitDiagnostics(program).map(formatDiagnostic);
}

/** @param {ts.Diagnostic} diagnostic */
function formatDiagnostic({ file, start, messageText }) {
  const text = ts.flattenDiagnosticMessageText(messageText, '\n');
  if (file === undefined || start === undefined) return text;
  const { line } = file.getLineAndCharacterOfPosition(start);
  const name = file.fileName.replace(folder, '').replace(/\/line-\d+\.ts$/, '');
  return `${name}:${String(line + 1)}: ${text}`;
}

/**
 * @param {string} program
 * @param {Example} example
 * @returns {Promise<string | undefined>}
 */
async function runExample(program, { file, line }) {
  // In its own folder, since some keep a database where they run; making one may take a while.
  const options = { quiet: true, timeoutMs: 60_000, cwd: dirname(program) };
  const { code, output } = await run(process.execPath, ['--enable-source-maps', program], options);
  if (code === 0) return undefined;
  return `${file}:${String(line)}: the example ended with exit code ${String(code)}\n${output}`;
}
