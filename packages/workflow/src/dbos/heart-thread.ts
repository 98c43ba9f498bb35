import { createRequire } from 'node:module';
import { env } from 'node:process';
import { Worker } from 'node:worker_threads';
import { systemClock } from '@highway/resilience';
import type { Statement } from './executor-table.ts';

/** What came of a beat. */
export type Beat =
  | { readonly state: 'beaten' }
  /** The row is not this process's any more. */
  | { readonly state: 'gone' }
  | { readonly state: 'failed'; readonly why: string };

/** What the thread is started with. */
interface HeartThreadData {
  /** Where `pg` lies: the thread is no file, from which it could look for it. */
  readonly pg: string;
  readonly databaseUrl: string;
  readonly statement: Statement;
  readonly beatMs: number;
  /** How long the main thread may say nothing before it counts as dead. */
  readonly silentMs: number;
}

/** A step that blocks the process for longer than that is taken for one that never ends. */
const silentMs = 300_000;
const endMs = 1_000;

/**
 * The heart, on a thread and a connection of its own: it beats while a step blocks the process. The
 * main thread answers what it tells; where no answer comes for five minutes, it beats no more.
 */
export class HeartThread {
  readonly #thread: Worker;
  readonly #ended: Promise<unknown>;

  private constructor(thread: Worker) {
    this.#thread = thread;
    this.#ended = new Promise((resolve) => thread.once('exit', resolve));
  }

  /** Starts one, which tells what came of each beat; `undefined` where `pg` can't be found for it. */
  static start(
    databaseUrl: string,
    { statement, beatMs, tell }: Pick<HeartThreadData, 'statement' | 'beatMs'> & { tell: Tell },
  ): HeartThread | undefined {
    const pg = findPg();
    if (pg === undefined) return undefined;
    const workerData: HeartThreadData = { pg, databaseUrl, statement, beatMs, silentMs };
    // Of the process's settings, those alone that say how to connect.
    const thread = new Worker(heartThread, { eval: true, workerData, execArgv: [], env: pgEnv() });
    thread.on('message', (beat: Beat) => {
      thread.postMessage('heard');
      tell(beat);
    });
    thread.on('error', (error) => {
      tell({ state: 'failed', why: error.message });
    });
    // It keeps no process alive.
    thread.unref();
    return new HeartThread(thread);
  }

  /** The last beat, if one is under way, and no other. */
  async stop(): Promise<void> {
    this.#thread.ref();
    this.#thread.postMessage('stop');
    const late = systemClock.setTimeout(() => void this.#thread.terminate(), endMs);
    await this.#ended;
    systemClock.clearTimeout(late);
  }
}

type Tell = (beat: Beat) => void;

function findPg(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('pg');
  } catch {
    // The package was bundled, with all that it needs.
    return undefined;
  }
}

function pgEnv(): Record<string, string | undefined> {
  const names = ['HOME', 'USER', 'USERNAME', 'APPDATA'];
  const isOurs = (name: string): boolean => name.startsWith('PG') || names.includes(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => isOurs(name)));
}

/**
 * What the thread does, as a program of its own: it has to run however the package is bundled, and a
 * worker that is a file would have to be found.
 */
const heartThread = `'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { pg, databaseUrl, statement, beatMs, silentMs } = workerData;
const { Client } = require(pg);

let client;
let heardAt = performance.now();
let isHeard = true;
let isStopped = false;
let pause = beatMs;
let beating = Promise.resolve();
let timer;

function drop(gone) {
  if (client === gone) client = undefined;
  gone.end().catch(() => undefined);
}

async function connected() {
  if (client !== undefined) return client;
  const made = new Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 2 * beatMs,
    query_timeout: 2 * beatMs,
  });
  made.on('error', () => drop(made));
  try {
    await made.connect();
  } catch (error) {
    drop(made);
    throw error;
  }
  client = made;
  return made;
}

async function beat() {
  const used = await connected();
  try {
    const { rowCount } = await used.query(statement.text, statement.values);
    return { state: rowCount === 0 ? 'gone' : 'beaten' };
  } catch (error) {
    drop(used);
    throw error;
  }
}

function tell(message) {
  // One is enough for a main thread that hears nothing.
  if (isHeard) parentPort.postMessage(message);
  isHeard = false;
}

async function beatOnce() {
  if (performance.now() - heardAt > silentMs) return tell({ state: 'failed', why: 'silence' });
  try {
    tell(await beat());
    pause = beatMs;
  } catch (error) {
    // Soon again, and then at the usual pace.
    pause = pause === beatMs ? beatMs / 8 : Math.min(beatMs, pause * 2);
    tell({ state: 'failed', why: String(error && error.message) });
  }
}

function go() {
  beating = beatOnce().then(() => {
    if (!isStopped) timer = setTimeout(go, pause);
  });
}

parentPort.on('message', async (message) => {
  if (message === 'heard') {
    heardAt = performance.now();
    isHeard = true;
    return;
  }
  isStopped = true;
  clearTimeout(timer);
  await beating;
  if (client !== undefined) await client.end().catch(() => undefined);
  parentPort.close();
});
go();
`;
