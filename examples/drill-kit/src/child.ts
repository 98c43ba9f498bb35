import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** How to start a process of the drill. */
export interface ChildRules<Report> {
  /** The module that it runs. */
  readonly program: URL;
  readonly plan: object;
  readonly onReport: (report: Report) => void;
  /** Called if the process ends unexpectedly. */
  readonly onFailure: (error: Error) => void;
}

/** The orders that every process of a drill understands. */
export interface EndOrder {
  readonly type: 'stop';
}

/** How long a process may take to end before it is killed. */
const patienceMs = 2000;

/** A process of the drill, as the drill sees it. */
export class Child<Order extends object, Report> {
  readonly #process: ChildProcess;
  /** Settles when the process has ended and all its reports have been read. */
  readonly #gone: Promise<unknown>;
  #mayEnd = false;
  #complaint = '';

  constructor({ program, plan, onReport, onFailure }: ChildRules<Report>) {
    const child = fork(fileURLToPath(program), [JSON.stringify(plan)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#process = child;
    this.#gone = Promise.all([once(child, 'close'), once(child, 'disconnect')]).catch(onFailure);
    child.stderr?.on('data', (text) => (this.#complaint += String(text)));
    child.on('message', (message) => {
      onReport(message as Report);
    });
    child.once('close', (code, signal) => {
      if (this.#mayEnd) return;
      const how = signal ?? `exit code ${String(code)}`;
      onFailure(new Error(`A process of the drill ended with ${how}.\n${this.#complaint}`));
    });
  }

  /** Sends an order to the process, if it is still running. */
  send(order: Order | EndOrder): void {
    // A process that is ending cannot receive orders; its end is noticed anyway.
    if (this.#process.connected) this.#process.send(order, () => undefined);
  }

  /** From now on, the process may end by itself. */
  release(): void {
    this.#mayEnd = true;
  }

  /** Ends the process: with an order first, and by force if that takes too long. */
  async end(): Promise<void> {
    this.release();
    this.send({ type: 'stop' });
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), patienceMs);
    await this.#gone;
    clearTimeout(timer);
  }

  /** Kills the process, like a crash. */
  async kill(): Promise<void> {
    this.release();
    this.#process.kill('SIGKILL');
    await this.#gone;
  }
}
