import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedFolder } from '../support/embedded-folder.ts';
import { compileProgram } from '../support/program.ts';
import type { Program } from '../support/program.ts';

let database: Awaited<ReturnType<typeof embeddedFolder>>;
let program: Program;

beforeAll(async () => {
  database = await embeddedFolder();
  program = await compileProgram('dbos/careless-program.ts');
}, 120_000);

afterAll(() => {
  program[Symbol.dispose]();
  database.remove();
});

async function run(then: string, options: readonly string[] = []) {
  const folder = join(database.folder, `${then}${options.join('')}`);
  const child = spawn(process.execPath, [...options, program.file, folder, then]);
  let [output, errors] = ['', ''];
  child.stdout.on('data', (text) => (output += String(text)));
  child.stderr.on('data', (text) => (errors += String(text)));
  await once(child, 'close');
  return { lines: output.trim().split('\n'), errors, code: child.exitCode };
}

const runs = [
  'forgets: failed: audit is down',
  'wraps: failed: no audit',
  'asks late: went on without',
];

describe('a promise of a workflow that is never awaited', { timeout: 120_000 }, () => {
  it('fails the run, not the process, which still ends at all other unhandled rejections', async () => {
    const { lines, errors, code } = await run('dies');
    expect([lines, code]).toEqual([runs, 1]);
    expect(errors).toContain('Error: mine\n');
    expect(errors).not.toContain('audit');
  });

  it("leaves all other unhandled rejections to the application's own listeners", async () => {
    const { lines, code } = await run('survives');
    expect(lines).toEqual([
      ...runs,
      'unhandledRejection: mine',
      'unhandledRejection: mine too',
      '0 listeners more',
      '0 listeners are left',
    ]);
    expect(code).toBe(0);
  });

  it("leaves them to Node's --unhandled-rejections option", async () => {
    const { lines, errors, code } = await run('warned', ['--unhandled-rejections=warn']);
    expect([lines, code]).toEqual([[...runs, '0 listeners more', '0 listeners are left'], 0]);
    expect(errors.split('UnhandledPromiseRejectionWarning: Error: mine\n')).toHaveLength(2);
  });
});
