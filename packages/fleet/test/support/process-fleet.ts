import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { NodeReport, ProcessNews, ProcessOrder, ProcessSettings } from './process-messages.ts';

/** A process of the fleet, as the test sees it. */
export class FleetProcess {
  readonly nodeId: string;
  readonly child: ChildProcess;
  readonly news: ProcessNews[] = [];
  /** Resolves when it has ended. */
  readonly ended: Promise<undefined>;
  #heard: (() => void)[] = [];

  constructor(bundle: string, settings: ProcessSettings) {
    this.nodeId = settings.nodeId;
    this.child = fork(bundle, [JSON.stringify(settings)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.ended = new Promise((resolve) => {
      this.child.once('exit', () => {
        resolve(undefined);
      });
    });
    this.child.on('message', (message: ProcessNews) => {
      this.news.push(message);
      for (const heard of this.#heard.splice(0)) heard();
    });
  }

  tell(order: ProcessOrder): void {
    // A process that was just killed receives nothing; `ended` reports that.
    if (this.child.connected) this.child.send(order, () => undefined);
  }

  /** Makes so many calls in it at once. */
  call(calls: number): void {
    for (let i = 0; i < calls; i++) this.tell({ type: 'call' });
  }

  /** The first message of this type from now on, or the last one if `past`. */
  async hear<Type extends ProcessNews['type']>(
    type: Type,
    past = false,
  ): Promise<Extract<ProcessNews, { type: Type }>> {
    let from = past ? 0 : this.news.length;
    for (;;) {
      for (; from < this.news.length; from++) {
        const news = this.news[from]!;
        if (news.type === type) return news as Extract<ProcessNews, { type: Type }>;
      }
      await new Promise<void>((resolve) => this.#heard.push(resolve));
    }
  }

  /** Its state now; `undefined` if it ends before it can answer. */
  async report(): Promise<NodeReport | undefined> {
    const report = this.hear('report');
    this.tell({ type: 'report' });
    return Promise.race([report, this.ended]);
  }

  /** Resolves when the store knows everything that has happened in the process so far. */
  async synced(): Promise<void> {
    const synced = this.hear('synced');
    this.tell({ type: 'sync' });
    await synced;
  }

  /** How often its breaker has entered a state. */
  entered(state: string): number {
    return this.news.filter((news) => news.type === 'state' && news.state === state).length;
  }

  /** Like `report`, as soon as no call is in progress. */
  async settledReport(): Promise<NodeReport | undefined> {
    for (;;) {
      const report = await this.report();
      if (report === undefined || report.underWay === 0) return report;
    }
  }

  /** When its breaker last entered a state; epoch ms, 0 for never. */
  lastEntered(state: string): number {
    const entered = this.news.filter((news) => news.type === 'state' && news.state === state);
    return (entered.at(-1) as { at: number } | undefined)?.at ?? 0;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal);
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }
}

/** The real processes of a fleet; disposing ends them. */
export class ProcessFleet implements AsyncDisposable {
  readonly processes: FleetProcess[] = [];
  readonly #bundle: string;
  readonly #settings: Omit<ProcessSettings, 'nodeId'>;

  private constructor(bundle: string, settings: Omit<ProcessSettings, 'nodeId'>) {
    this.#bundle = bundle;
    this.#settings = settings;
  }

  static async start(
    count: number,
    settings: Omit<ProcessSettings, 'nodeId'>,
  ): Promise<ProcessFleet> {
    const fleet = new ProcessFleet(await bundleNodeProcess(), settings);
    for (let i = 0; i < count; i++) fleet.add({ nodeId: `node-${String(i)}` });
    await Promise.all(fleet.processes.map((process) => process.hear('ready', true)));
    return fleet;
  }

  add(settings: Partial<ProcessSettings> & Pick<ProcessSettings, 'nodeId'>): FleetProcess {
    const added = new FleetProcess(this.#bundle, { ...this.#settings, ...settings });
    this.processes.push(added);
    return added;
  }

  get alive(): FleetProcess[] {
    return this.processes.filter(({ alive }) => alive);
  }

  tell(order: ProcessOrder): void {
    for (const process of this.alive) process.tell(order);
  }

  /** The reports of all live processes. */
  async reports(): Promise<NodeReport[]> {
    const reports = await Promise.all(this.alive.map((process) => process.report()));
    return reports.filter((report) => report !== undefined);
  }

  /** Waits until the reports of all live processes meet a condition; throws if it takes too long. */
  async until(
    what: string,
    wished: (reports: readonly NodeReport[]) => boolean,
    seconds = 30,
  ): Promise<NodeReport[]> {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
      const reports = await this.reports();
      if (wished(reports)) return reports;
      if (performance.now() > deadline) {
        throw new Error(`not ${what} in ${String(seconds)} s: ${JSON.stringify(reports)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Waits until all live processes, or `count` of them, have entered a state, whatever their state is now. */
  async untilEntered(state: string, { count = Infinity, times = 1 } = {}): Promise<void> {
    await this.until(`entered ${state}`, () => {
      const entered = this.alive.filter((process) => process.entered(state) >= times);
      return entered.length >= Math.min(count, this.alive.length);
    });
  }

  /** Waits until every process is in this state and connected: for states that do not pass by themselves. */
  agreeOn(state: string): Promise<NodeReport[]> {
    return this.until(`all ${state}`, (reports) =>
      reports.every((report) => report.state === state && report.status === 'connected'),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.alive) process.kill();
    await Promise.all(this.processes.map(({ ended }) => ended));
    rmSync(this.#bundle, { force: true });
  }
}

let bundles = 0;

/** Compiles the process's source, which Node cannot run directly. */
async function bundleNodeProcess(): Promise<string> {
  const folder = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const outfile = `${folder}node-process-${String(process.pid)}-${String(++bundles)}.mjs`;
  await build({
    entryPoints: [fileURLToPath(new URL('node-process.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['ioredis', 'redis', 'pg', 'pg-native'],
    // Paths point to the sources of the repository's packages.
    tsconfig: fileURLToPath(new URL('../../tsconfig.test.json', import.meta.url)),
    logLevel: 'error',
  });
  return outfile;
}
