import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const package_ = join(import.meta.dirname, '../..');

/** A program, compiled from the sources; dispose of it in the end. */
export interface Program extends Disposable {
  readonly file: string;
}

/** Bundles a program of this folder; what it takes from npm is found from where it lies then. */
export async function compileProgram(name: string): Promise<Program> {
  const cache = join(package_, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'program-'));
  const file = join(folder, 'program.mjs');
  await build({
    entryPoints: [join(package_, 'test', name)],
    outfile: file,
    bundle: true,
    packages: 'external',
    tsconfig: join(package_, 'tsconfig.test.json'),
    platform: 'node',
    target: 'es2022',
    format: 'esm',
    logLevel: 'error',
  });
  return {
    file,
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
