import { createRequire } from 'node:module';
import { env } from 'node:process';
import { Worker } from 'node:worker_threads';
import { systemClock } from '@highway/resilience';
import type { Statement } from './executor-table.ts';

/** The result of a heartbeat. */
export type BeatResult =
  | { readonly state: 'sent' }
  /** Another process has the executor id now. */
  | { readonly state: 'idLost' }
  | { readonly state: 'failed'; readonly why: string };

/** What the thread is started with. */
interface HeartbeatThreadData {
  /** The path of `pg`: the thread's program is not a file, so it can't resolve packages itself. */
  readonly pg: string;
  readonly databaseUrl: string;
  readonly statement: Statement;
  readonly intervalMs: number;
  /** How long the main thread may stay silent before it counts as dead. */
  readonly maxSilenceMs: number;
}

/** A step that blocks the process for longer is assumed to never end. */
const maxSilenceMs = 300_000;
const stopTimeoutMs = 1_000;

/**
 * Sends heartbeats from a thread and a connection of its own, even while a step blocks the process. The
 * main thread acknowledges each report; after five minutes without an acknowledgement, the heartbeats
 * end.
 */
export class HeartbeatThread {
  readonly #thread: Worker;
  readonly #ended: Promise<unknown>;

  private constructor(thread: Worker) {
    this.#thread = thread;
    this.#ended = new Promise((resolve) => thread.once('exit', resolve));
  }

  /** Starts a thread, which reports each heartbeat; `undefined` if `pg` can't be found for it. */
  static start(
    databaseUrl: string,
    {
      statement,
      intervalMs,
      report,
    }: Pick<HeartbeatThreadData, 'statement' | 'intervalMs'> & { report: Report },
  ): HeartbeatThread | undefined {
    const pg = findPg();
    if (pg === undefined) return undefined;
    const workerData: HeartbeatThreadData = {
      pg,
      databaseUrl,
      statement,
      intervalMs,
      maxSilenceMs,
    };
    // Of the process's environment, the thread gets only what says how to connect.
    const thread = new Worker(threadProgram, {
      eval: true,
      workerData,
      execArgv: [],
      env: pgEnv(),
    });
    thread.on('message', (result: BeatResult) => {
      thread.postMessage('acknowledged');
      report(result);
    });
    thread.on('error', (error) => {
      report({ state: 'failed', why: error.message });
    });
    // The thread must not keep the process alive.
    thread.unref();
    return new HeartbeatThread(thread);
  }

  /** Waits for a heartbeat that is under way, and ends the thread. */
  async stop(): Promise<void> {
    this.#thread.ref();
    this.#thread.postMessage('stop');
    const timeout = systemClock.setTimeout(() => void this.#thread.terminate(), stopTimeoutMs);
    await this.#ended;
    systemClock.clearTimeout(timeout);
  }
}

type Report = (result: BeatResult) => void;

function findPg(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('pg');
  } catch {
    // The package was bundled together with its dependencies.
    return undefined;
  }
}

function pgEnv(): Record<string, string | undefined> {
  const names = ['HOME', 'USER', 'USERNAME', 'APPDATA'];
  const isUsed = (name: string): boolean => name.startsWith('PG') || names.includes(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => isUsed(name)));
}

/**
 * The program of the thread, as a string: a bundled package has no file that the thread could be started
 * from.
 */
const threadProgram = `'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { pg, databaseUrl, statement, intervalMs, maxSilenceMs } = workerData;
const { Client } = require(pg);

let client;
let acknowledgedAt = performance.now();
let isAcknowledged = true;
let isStopped = false;
let pauseMs = intervalMs;
let beating = Promise.resolve();
let timer;

function drop(broken) {
  if (client === broken) client = undefined;
  broken.end().catch(() => undefined);
}

async function connected() {
  if (client !== undefined) return client;
  const made = new Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 2 * intervalMs,
    query_timeout: 2 * intervalMs,
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

async function sendBeat() {
  const used = await connected();
  try {
    const { rowCount } = await used.query(statement.text, statement.values);
    return { state: rowCount === 0 ? 'idLost' : 'sent' };
  } catch (error) {
    drop(used);
    throw error;
  }
}

function report(result) {
  // A blocked main thread gets only one report.
  if (isAcknowledged) parentPort.postMessage(result);
  isAcknowledged = false;
}

async function beat() {
  if (performance.now() - acknowledgedAt > maxSilenceMs) {
    return report({ state: 'failed', why: 'the main thread does not answer' });
  }
  try {
    report(await sendBeat());
    pauseMs = intervalMs;
  } catch (error) {
    // The next try is soon, and the ones after that return to the usual interval.
    pauseMs = pauseMs === intervalMs ? intervalMs / 8 : Math.min(intervalMs, pauseMs * 2);
    report({ state: 'failed', why: String(error && error.message) });
  }
}

function run() {
  beating = beat().then(() => {
    if (!isStopped) timer = setTimeout(run, pauseMs);
  });
}

parentPort.on('message', async (message) => {
  if (message === 'acknowledged') {
    acknowledgedAt = performance.now();
    isAcknowledged = true;
    return;
  }
  isStopped = true;
  clearTimeout(timer);
  await beating;
  if (client !== undefined) await client.end().catch(() => undefined);
  parentPort.close();
});
run();
`;
