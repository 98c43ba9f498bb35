import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const namespace = [
  ['--pid', '--fork', '--mount-proc'],
  ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc'],
].find((options) => spawnSync('unshare', [...options, 'true']).status === 0);

/** A program in a process of its own that answers each line with one. */
export class TalkingProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  /**
   * With `apart`, process ids mean nothing outside of it, nor those of outside in it, as in a container;
   * where the system doesn't allow that, it is a process as any other.
   */
  constructor(file: string, args: readonly string[], { apart = false } = {}) {
    const node = [process.execPath, file, ...args];
    const command = apart && namespace !== undefined ? ['unshare', ...namespace, ...node] : node;
    this.#child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async ask(line: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`);
    const next = await this.#lines.next();
    return next.done === true ? 'ended' : next.value;
  }

  /** Suspends it, as when a machine goes to sleep, or continues it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  /** Kills it without any cleanup. */
  async crash(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    // Its input ends, and so does it; it may be in a namespace, out of the reach of signals.
    this.#child.stdin.end();
    this.#child.kill('SIGCONT');
    await ended;
  }
}
