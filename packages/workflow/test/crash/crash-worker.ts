import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Program } from '../support/program.ts';
import type { OrderEnd } from './orders.ts';
import type { LaunchOptions } from './worker-program.ts';

/** A worker in a process of its own. */
export class CrashWorker {
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #output = '';
  #errors = '';

  constructor({ file }: Program, plan: LaunchOptions) {
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

  /** Waits until all of its runs have ended, and returns their outcomes. */
  async ends(): Promise<Pick<OrderEnd, 'ok' | 'value'>[]> {
    await this.#closed;
    if (this.#process.exitCode !== 0) throw new Error(`The worker failed: ${this.#errors}`);
    return JSON.parse(this.#output) as Pick<OrderEnd, 'ok' | 'value'>[];
  }
}
