import { hrtime } from 'node:process';
import { Worker } from 'node:worker_threads';
import { systemClock, wallNow } from '@highway/resilience';
import { WorkflowError } from '../errors.ts';
import { isGone, thisHolder } from '../holder.ts';
import type { Holder } from '../holder.ts';
import {
  leaseName,
  makeLease,
  namePattern,
  newestLease,
  parseLease,
  readLease,
  recordLength,
  removeLease,
  removeOlder,
} from './lease-files.ts';
import { leaseThread } from './lease-thread.ts';
import type { LeaseOrder, LeaseReport, LeaseThreadData } from './lease-thread.ts';

/** How fast leases go, in ms. The same for all processes of a folder. */
export interface LeasePace {
  /** How often a holder renews its lease. */
  readonly renewEvery: number;
  /** A holder that has not renewed its lease for so long does so before it writes anything. */
  readonly stale: number;
  /** A lease that has not moved for so long is nobody's: several renewals were missed. */
  readonly dead: number;
}

const usualPace: LeasePace = { renewEvery: 2_000, stale: 6_000, dead: 10_000 };
/** How long the thread that renews may take to answer before the lease counts as lost. */
const answerMs = 5_000;
/** How often a lease is looked at that somebody else holds. */
const lookEveryMs = 200;

/** Tokens of the leases that this process holds. */
const held = new Set<string>();

/** A lease that was made. */
interface Lease {
  readonly folder: string;
  readonly generation: number;
  readonly holder: Holder;
  readonly pace: LeasePace;
}

/**
 * The right to use a folder: one process at a time has it, wherever it runs. Its holder renews it;
 * one that has not moved for ten seconds is taken over by whoever wants the folder. What counts is
 * that it moves, by the clock of the one who looks: clocks and process ids of machines and
 * containers have nothing to do with each other.
 */
export class FolderLease {
  readonly #folder: string;
  readonly #pace: LeasePace;
  readonly #token: string;
  readonly #thread: Worker;
  readonly #renewedAt: BigInt64Array;
  readonly #flags: Int32Array;
  readonly #lost = new AbortController();
  /** Settles when the lease was renewed for the first time, or the thread has ended. */
  readonly #ready: Promise<unknown>;
  readonly #ended: Promise<void>;
  #releasing = false;

  private constructor({ folder, generation, holder, pace }: Lease) {
    const memory = new SharedArrayBuffer(24);
    this.#folder = folder;
    this.#pace = pace;
    this.#token = holder.token;
    this.#renewedAt = new BigInt64Array(memory, 0, 2);
    this.#flags = new Int32Array(memory, 16, 2);
    const workerData: LeaseThreadData = {
      folder,
      file: leaseName(generation),
      pattern: namePattern,
      generation,
      holder,
      length: recordLength,
      renewEveryMs: pace.renewEvery,
      giveUpMs: pace.stale,
      memory,
    };
    // Neither the options nor the loaders of the process are for this thread.
    this.#thread = new Worker(leaseThread, { eval: true, workerData, execArgv: [], env: {} });
    this.#ended = new Promise((resolve) => {
      this.#hear(resolve);
    });
    const first = new Promise((resolve) => this.#thread.once('message', resolve));
    this.#ready = Promise.race([first, this.#ended]);
  }

  /**
   * Takes the folder; throws `ERR_ENGINE_IN_USE` at once where a living process has it. One that a
   * process has left without releasing it is waited for until it is free, for ten seconds.
   */
  static async take(folder: string, pace: LeasePace = usualPace): Promise<FolderLease> {
    for (;;) {
      const newest = newestLease(folder);
      const before = await waitUntilFree(folder, newest, pace.dead);
      const holder = thisHolder();
      const generation = newest + 1;
      if (!makeLease(folder, generation, holder)) continue;
      if (newestLease(folder) > generation) {
        // Others were quicker by more than one: this number is long past.
        removeLease(folder, generation);
        continue;
      }
      const lease = new FolderLease({ folder, generation, holder, pace });
      try {
        await lease.#succeed(newest, before, generation);
        return lease;
      } catch (error) {
        await lease.release();
        throw error;
      }
    }
  }

  /** Aborts, with the error that says why, when the lease is lost. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Throws where the folder is no longer this process's. One that could not renew in time, since it or
   * its machine was stopped, renews first: it may have been taken over meanwhile.
   */
  check(): void {
    if (!this.#isLost && this.#isStale) {
      const answers = Atomics.load(this.#flags, 1);
      this.#order('renew');
      const answered = Atomics.wait(this.#flags, 1, answers, answerMs);
      if (answered === 'timed-out') this.#lose('its lease could not be renewed in time');
    }
    if (this.#isLost) {
      this.#lose('another process has taken it over');
      throw this.#lost.signal.reason as WorkflowError;
    }
  }

  /** Lets others have the folder, at once. */
  async release(): Promise<void> {
    if (!this.#releasing) {
      this.#releasing = true;
      // Until it is written, the process stays.
      this.#thread.ref();
      this.#order('release');
    }
    await this.#ended;
    held.delete(this.#token);
  }

  /** Takes the lease before away, once its holder is certain not to use the folder any more. */
  async #succeed(older: number, before: string | undefined, generation: number): Promise<void> {
    held.add(this.#token);
    await this.#ready;
    // It keeps no process alive.
    this.#thread.unref();
    let known = before;
    // Written once more while this lease was made: its holder lives, sees this one next, and ends.
    for (let text = readLease(this.#folder, older); text !== known;) {
      known = text;
      text = await quiet(this.#folder, older, this.#pace.dead);
    }
    removeOlder(this.#folder, generation);
    this.check();
  }

  get #isLost(): boolean {
    return this.#lost.signal.aborted || Atomics.load(this.#flags, 0) === 1;
  }

  /** By either clock: the monotonic one stands still while the machine sleeps. */
  get #isStale(): boolean {
    const monotonic = hrtime.bigint() / 1_000_000n - Atomics.load(this.#renewedAt, 0);
    const wall = wallNow(systemClock) - Number(Atomics.load(this.#renewedAt, 1));
    const { stale } = this.#pace;
    return Number(monotonic) > stale || Math.abs(wall) > stale;
  }

  #order(order: LeaseOrder): void {
    this.#thread.postMessage(order);
  }

  #hear(ended: () => void): void {
    this.#thread.on('message', (report: LeaseReport) => {
      if ('lost' in report) this.#lose(report.lost);
    });
    this.#thread.on('error', (error) => {
      this.#lose(`the thread that renews its lease failed: ${error.message}`);
    });
    this.#thread.on('exit', () => {
      if (!this.#releasing) this.#lose('the thread that renews its lease has ended');
      ended();
    });
  }

  #lose(why: string): void {
    if (this.#lost.signal.aborted) return;
    Atomics.store(this.#flags, 0, 1);
    held.delete(this.#token);
    this.#lost.abort(
      new WorkflowError(
        'ERR_ENGINE_IN_USE',
        `dataDir: ${this.#folder} is no longer this process's: ${why}. Nothing more is executed here`,
      ),
    );
  }
}

/**
 * Waits until nobody has the folder any more, and gives what the last lease says; throws where its
 * holder lives.
 */
async function waitUntilFree(
  folder: string,
  newest: number,
  deadMs: number,
): Promise<string | undefined> {
  const text = readLease(folder, newest);
  const record = parseLease(text);
  if (newest === 0 || record?.state === 'released') return text;
  if (record !== undefined) {
    if (held.has(record.token)) throw inUse(folder, record);
    if (isGone(record)) return text;
  }
  const after = await quiet(folder, newest, deadMs);
  const now = parseLease(after);
  if (after === text || after === undefined || now?.state === 'released') return after;
  throw inUse(folder, now);
}

/**
 * Looks at a lease until it has not moved for long enough; gives what it says in the end, or as soon as
 * that is something else.
 */
async function quiet(
  folder: string,
  generation: number,
  deadMs: number,
): Promise<string | undefined> {
  const first = readLease(folder, generation);
  let seenMs = 0;
  for (let last = systemClock.now(); seenMs < deadMs;) {
    await new Promise<void>((resolve) => {
      systemClock.setTimeout(resolve, lookEveryMs);
    });
    const text = readLease(folder, generation);
    if (text !== first) return text;
    // A look that came late, since this process or its machine stood still, counts as one.
    const now = systemClock.now();
    seenMs += Math.min(now - last, 5 * lookEveryMs);
    last = now;
  }
  return first;
}

function inUse(folder: string, holder: Holder | undefined): WorkflowError {
  const who =
    holder === undefined
      ? 'another process'
      : `the process ${holder.pid} of the host ${JSON.stringify(holder.host)}`;
  return new WorkflowError(
    'ERR_ENGINE_IN_USE',
    `dataDir: ${folder} is in use by ${who}; ` +
      'an embedded database serves one process at a time. Give several processes a databaseUrl',
  );
}
