import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { pollUntil } from '../machine/poll.ts';
import { childrenOf, signalTree, someRun } from './process-tree.ts';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** The user to run as; only root can set it. */
  readonly account?: Account | undefined;
}

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** How long an orderly shutdown may take. */
const graceMs = 5000;

/** One run of a server's program. */
export class ServerProcess {
  readonly pid: number;
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  /** @param logFile receives the program's output: a pipe would have to be read */
  static async start(command: Command, folder: string, logFile: string): Promise<ServerProcess> {
    const log = openSync(logFile, 'a');
    try {
      const child = spawn(command.file, command.args, {
        cwd: folder,
        env: { ...process.env, LC_ALL: 'C' },
        stdio: ['ignore', log, log],
        // Ctrl-C in a terminal must end the program that uses the server, not the server.
        detached: true,
        ...command.account,
      });
      if (child.pid === undefined) throw (await once(child, 'error'))[0];
      child.on('error', () => undefined).unref();
      return new ServerProcess(child, child.pid);
    } finally {
      closeSync(log);
    }
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  pause(): void {
    signalTree(this.pid, 'SIGSTOP');
  }

  resume(): void {
    signalTree(this.pid, 'SIGCONT');
  }

  /** Stops it with a signal, and kills it if it does not end. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) return;
    this.resume();
    this.#child.kill(signal);
    await this.endOrKill();
  }

  /** Waits for the requested end, and kills it if that takes too long. */
  async endOrKill(): Promise<void> {
    const timer = setTimeout(() => signalTree(this.pid, 'SIGKILL'), graceMs);
    await this.#untilEnded();
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    if (!this.running) return;
    const children = childrenOf(this.pid);
    signalTree(this.pid, 'SIGKILL');
    await this.#untilEnded();
    await pollUntil('killed processes to end', graceMs, () => !someRun(children));
  }

  async #untilEnded(): Promise<void> {
    if (!this.running) return;
    // Otherwise nothing keeps a program alive that only waits for this.
    this.#child.ref();
    await this.ended;
  }
}
