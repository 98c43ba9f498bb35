import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { OrderEnd } from './orders.ts';
import type { WorkerPlan } from './worker-program.ts';

const package_ = join(import.meta.dirname, '../..');

/** The worker's program, compiled from the sources; dispose of it in the end. */
export interface Program extends Disposable {
  readonly file: string;
}

/** Bundles the program; what it takes from npm is found from where it lies. */
export async function compileWorker(): Promise<Program> {
  const cache = join(package_, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'crash-'));
  const file = join(folder, 'worker.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'worker-program.ts')],
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

/** A worker in a process of its own. */
export class CrashWorker {
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #output = '';
  #errors = '';

  constructor({ file }: Program, plan: WorkerPlan) {
    const child = spawn(process.execPath, [file, JSON.stringify(plan)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (text) => (this.#output += String(text)));
    child.stderr.on('data', (text) => (this.#errors += String(text)));
    this.#process = child;
    this.#closed = once(child, 'close');
  }

  /** Whether it has ended by itself. */
  get hasEnded(): boolean {
    return this.#process.exitCode !== null;
  }

  /** Kills it, whatever it is doing. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#closed;
  }

  /** Waits until it has done all that it had to do, and gives how its runs ended. */
  async ends(): Promise<Pick<OrderEnd, 'ok' | 'value'>[]> {
    await this.#closed;
    if (this.#process.exitCode !== 0) throw new Error(`The worker failed: ${this.#errors}`);
    return JSON.parse(this.#output) as Pick<OrderEnd, 'ok' | 'value'>[];
  }
}
