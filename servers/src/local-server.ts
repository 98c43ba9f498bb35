import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pollUntil } from './machine/poll.ts';
import { freePort, localHost } from './machine/ports.ts';
import { ServerProcess } from './process/server-process.ts';
import type { Account, Command } from './process/server-process.ts';
import { Watchdog } from './process/watchdog.ts';
import type { RestartOptions, RunningServer } from './running-server.ts';

/** How to run one kind of server. */
export interface ServerRecipe {
  /** The name in folders and messages. */
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly account?: Account | undefined;
  /** Fills the folder `data` of a new server. */
  prepare?(data: string): Promise<void>;
  command(data: string): Command;
  isReady(data: string, pid: number): Promise<boolean>;
  /** Stops the server without losing data; returns whether it did. Default: sends `endSignal`. */
  endKeepingData?(): Promise<boolean>;
  readonly endSignal: NodeJS.Signals;
  /** Cleans up what a killed server has left outside its folder. */
  cleanUp?(data: string): void;
}

const readyWithinMs = 30_000;
const shownOfLog = 2000;

/** The server did not start; its log says why. */
class StartError extends Error {
  readonly portTaken: boolean;

  constructor(message: string, log: string) {
    super(log === '' ? message : `${message}:\n${log.trim().slice(-shownOfLog)}`);
    this.name = 'StartError';
    this.portTaken = /address already in use/i.test(log);
  }
}

/**
 * Starts a server on the given port, or on a free one; tries another if that one is taken meanwhile.
 */
export async function startServer(
  port: number | undefined,
  recipeFor: (port: number) => ServerRecipe | Promise<ServerRecipe>,
): Promise<RunningServer> {
  for (let turn = 0; ; turn += 1) {
    const server = new LocalServer(await recipeFor(port ?? (await freePort())));
    try {
      await server.restart();
      return server;
    } catch (error) {
      await server.stop();
      const again = port === undefined && error instanceof StartError && error.portTaken;
      if (!again || turn === 4) throw error;
    }
  }
}

class LocalServer implements RunningServer {
  readonly host = localHost;
  readonly url: string;
  readonly port: number;
  readonly #recipe: ServerRecipe;
  #process: ServerProcess | undefined;
  #pid = 0;
  #home: { readonly folder: string; readonly watchdog: Watchdog } | undefined;
  // Operations on the server run one after the other.
  #last: Promise<void> = Promise.resolve();

  constructor(recipe: ServerRecipe) {
    this.#recipe = recipe;
    this.url = recipe.url;
    this.port = recipe.port;
  }

  get pid(): number {
    return this.#pid;
  }

  pause(): void {
    this.#running().pause();
  }

  resume(): void {
    this.#running().resume();
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#process?.end(this.#recipe.endSignal);
      if (this.#home === undefined) return;
      const { folder, watchdog } = this.#home;
      this.#home = undefined;
      this.#recipe.cleanUp?.(join(folder, 'data'));
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      await watchdog.release();
    });
  }

  kill(): Promise<void> {
    return this.#inTurn(async () => this.#process?.kill());
  }

  restart({ empty = false }: RestartOptions = {}): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#process?.running === true) await this.#end(this.#process, empty);
      const { folder, watchdog } = (this.#home ??= this.#settle());
      const data = join(folder, 'data');
      if (empty) this.#clear(data);
      await this.#prepare(data);
      await this.#launch(folder, watchdog);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => undefined);
    return done;
  }

  #running(): ServerProcess {
    if (this.#process?.running === true) return this.#process;
    throw new Error(`${this.#recipe.name} on port ${this.port} isn't running`);
  }

  async #end(process: ServerProcess, empty: boolean): Promise<void> {
    process.resume();
    if (!empty && (await this.#recipe.endKeepingData?.()) === true) await process.endOrKill();
    else await process.end(this.#recipe.endSignal);
  }

  #settle(): { folder: string; watchdog: Watchdog } {
    const folder = mkdtempSync(join(tmpdir(), `highway-${this.#recipe.name}-`));
    this.#own(folder);
    return { folder, watchdog: new Watchdog(folder) };
  }

  #clear(data: string): void {
    this.#recipe.cleanUp?.(data);
    rmSync(data, { recursive: true, force: true });
  }

  async #prepare(data: string): Promise<void> {
    if (existsSync(data)) return;
    mkdirSync(data, { mode: 0o700 });
    this.#own(data);
    await this.#recipe.prepare?.(data);
  }

  #own(folder: string): void {
    const { account } = this.#recipe;
    if (account !== undefined) chownSync(folder, account.uid, account.gid);
  }

  async #launch(folder: string, watchdog: Watchdog): Promise<void> {
    const { name, port } = this.#recipe;
    const data = join(folder, 'data');
    const log = join(folder, 'server.log');
    rmSync(log, { force: true });
    const process = await ServerProcess.start(this.#recipe.command(data), data, log);
    this.#process = process;
    this.#pid = process.pid;
    watchdog.watch(process.pid);
    void process.ended.then(() => watchdog.watch(undefined));
    await pollUntil(`${name} to be ready on port ${port}`, readyWithinMs, () => {
      if (process.running) return this.#recipe.isReady(data, process.pid);
      const message = `${name} ended before it was ready on port ${port}`;
      throw new StartError(message, readFileSync(log, 'utf8'));
    });
  }
}
