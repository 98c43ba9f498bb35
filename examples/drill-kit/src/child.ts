import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a process of the drill is made of. */
export interface ChildRules<Report> {
  /** The module that it runs. */
  readonly program: URL;
  readonly plan: object;
  readonly onReport: (report: Report) => void;
  /** Hears of an end that nobody asked for. */
  readonly onFailure: (error: Error) => void;
}

/** What every process of a drill understands. */
export interface EndOrder {
  readonly type: 'stop';
}

/** Ending politely takes no longer than this; then the process is killed. */
const patienceMs = 2000;

/** A process of the drill, seen from the drill. */
export class Child<Order extends object, Report> {
  readonly #process: ChildProcess;
  /** Settles when the process is gone and all that it said has been heard. */
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

  /** Tells the process something, if it is still there. */
  send(order: Order | EndOrder): void {
    // One that is just ending can't be told any more; its end is noticed anyway.
    if (this.#process.connected) this.#process.send(order, () => undefined);
  }

  /** From now on the process may end by itself. */
  release(): void {
    this.#mayEnd = true;
  }

  /** Ends the process: politely, and if that takes too long by force. */
  async end(): Promise<void> {
    this.release();
    this.send({ type: 'stop' });
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), patienceMs);
    await this.#gone;
    clearTimeout(timer);
  }

  /** Ends the process as a crash would: it gets no chance to finish anything. */
  async kill(): Promise<void> {
    this.release();
    this.#process.kill('SIGKILL');
    await this.#gone;
  }
}
