import { hrtime } from 'node:process';
import { Worker } from 'node:worker_threads';
import { systemClock, wallNow } from '@highway/resilience';
import { WorkflowError } from '../errors.ts';
import { hasEnded, thisHolder } from '../lease-holder.ts';
import type { LeaseHolder } from '../lease-holder.ts';
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

/** The times of leases. They must be the same for all processes that use a folder. */
export interface LeaseTimes {
  /** How often a holder renews its lease. */
  readonly renewEveryMs: number;
  /** A holder whose last renewal is this long ago renews before it writes anything. */
  readonly staleMs: number;
  /** A lease whose last renewal is this long ago has lost its holder. */
  readonly deadMs: number;
}

const defaultTimes: LeaseTimes = { renewEveryMs: 2_000, staleMs: 6_000, deadMs: 10_000 };
/** How long the thread that renews may take to reply before the lease counts as lost. */
const replyTimeoutMs = 5_000;
/** How often the lease of another process is polled. */
const pollMs = 200;

/** The tokens of the leases that this process holds. */
const held = new Set<string>();

/** A lease that this process has created. */
interface Lease {
  readonly folder: string;
  readonly generation: number;
  readonly holder: LeaseHolder;
  readonly times: LeaseTimes;
}

/**
 * The exclusive right of one process to use a folder, even across machines and containers. Its holder
 * renews it; a lease that has not been renewed for ten seconds can be taken over. Only changes of the
 * lease count, by the clock of the observing process, since clocks and process ids of different machines
 * and containers can't be compared.
 */
export class FolderLease {
  readonly #folder: string;
  readonly #times: LeaseTimes;
  readonly #token: string;
  readonly #thread: Worker;
  readonly #renewedAt: BigInt64Array;
  readonly #flags: Int32Array;
  readonly #lost = new AbortController();
  /** Settles after the first renewal, or when the thread has ended. */
  readonly #ready: Promise<unknown>;
  readonly #ended: Promise<void>;
  #releasing = false;

  private constructor({ folder, generation, holder, times }: Lease) {
    const memory = new SharedArrayBuffer(24);
    this.#folder = folder;
    this.#times = times;
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
      renewEveryMs: times.renewEveryMs,
      giveUpMs: times.staleMs,
      memory,
    };
    // The thread must not inherit the options and loaders of the process.
    this.#thread = new Worker(leaseThread, { eval: true, workerData, execArgv: [], env: {} });
    this.#ended = new Promise((resolve) => {
      this.#hear(resolve);
    });
    const first = new Promise((resolve) => this.#thread.once('message', resolve));
    this.#ready = Promise.race([first, this.#ended]);
  }

  /**
   * Takes the folder; throws `ERR_ENGINE_IN_USE` if a living process has it. If a process has died
   * without releasing it, this takes it at once where that is certain; otherwise it waits until the lease
   * has not been renewed for ten seconds.
   */
  static async take(folder: string, times: LeaseTimes = defaultTimes): Promise<FolderLease> {
    for (;;) {
      const newest = newestLease(folder);
      const before = await waitUntilFree(folder, newest, times.deadMs);
      const holder = thisHolder();
      const generation = newest + 1;
      if (!makeLease(folder, generation, holder)) continue;
      if (newestLease(folder) > generation) {
        // Other processes have created newer leases already.
        removeLease(folder, generation);
        continue;
      }
      const lease = new FolderLease({ folder, generation, holder, times });
      try {
        await lease.#replace(newest, before, generation);
        return lease;
      } catch (error) {
        await lease.release();
        throw error;
      }
    }
  }

  /** Aborts when the lease is lost, with the error as its reason. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Throws if this process has lost the folder. If the last renewal is too long ago, because the process
   * or the machine was suspended, it renews first: the folder may have been taken over meanwhile.
   */
  check(): void {
    if (!this.#isLost && this.#isStale) {
      const replies = Atomics.load(this.#flags, 1);
      this.#order('renew');
      const result = Atomics.wait(this.#flags, 1, replies, replyTimeoutMs);
      if (result === 'timed-out') this.#lose('its lease could not be renewed in time');
    }
    if (this.#isLost) {
      this.#lose('another process has taken it over');
      throw this.#lost.signal.reason as WorkflowError;
    }
  }

  /** Releases the folder, so that other processes can take it at once. */
  async release(): Promise<void> {
    if (!this.#releasing) {
      this.#releasing = true;
      // Keeps the process alive until the release is written.
      this.#thread.ref();
      this.#order('release');
    }
    await this.#ended;
    held.delete(this.#token);
  }

  /** Removes the previous lease once it is certain that its holder doesn't use the folder any more. */
  async #replace(older: number, before: string | undefined, generation: number): Promise<void> {
    held.add(this.#token);
    await this.#ready;
    // The thread must not keep the process alive.
    this.#thread.unref();
    let known = before;
    // Renewed while this lease was created: its holder is alive, will notice this lease, and stop.
    for (let text = readLease(this.#folder, older); text !== known;) {
      known = text;
      text = await waitUntilQuiet(this.#folder, older, this.#times.deadMs);
    }
    removeOlder(this.#folder, generation);
    this.check();
  }

  get #isLost(): boolean {
    return this.#lost.signal.aborted || Atomics.load(this.#flags, 0) === 1;
  }

  /** By either clock: the monotonic one doesn't advance while the machine sleeps. */
  get #isStale(): boolean {
    const monotonic = hrtime.bigint() / 1_000_000n - Atomics.load(this.#renewedAt, 0);
    const wall = wallNow(systemClock) - Number(Atomics.load(this.#renewedAt, 1));
    const { staleMs } = this.#times;
    return Number(monotonic) > staleMs || Math.abs(wall) > staleMs;
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
        `dataDir: this process has lost ${this.#folder}: ${why}. It no longer executes runs`,
      ),
    );
  }
}

/**
 * Waits until no process has the folder, and returns the content of the last lease; throws if its holder
 * is alive.
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
    if (hasEnded(record)) return text;
  }
  const after = await waitUntilQuiet(folder, newest, deadMs);
  const now = parseLease(after);
  if (after === text || after === undefined || now?.state === 'released') return after;
  throw inUse(folder, now);
}

/**
 * Polls a lease until it has not been renewed for long enough, or has changed; returns its last content.
 */
async function waitUntilQuiet(
  folder: string,
  generation: number,
  deadMs: number,
): Promise<string | undefined> {
  const first = readLease(folder, generation);
  let seenMs = 0;
  for (let last = systemClock.now(); seenMs < deadMs;) {
    await new Promise<void>((resolve) => {
      systemClock.setTimeout(resolve, pollMs);
    });
    const text = readLease(folder, generation);
    if (text !== first) return text;
    // If this process or the machine was suspended, the time of the suspension doesn't count.
    const now = systemClock.now();
    seenMs += Math.min(now - last, 5 * pollMs);
    last = now;
  }
  return first;
}

function inUse(folder: string, holder: LeaseHolder | undefined): WorkflowError {
  const who =
    holder === undefined
      ? 'another process'
      : `process ${holder.pid} on the host ${JSON.stringify(holder.host)}`;
  return new WorkflowError(
    'ERR_ENGINE_IN_USE',
    `dataDir: ${folder} is in use by ${who}; ` +
      'only one process at a time can use an embedded database. Use databaseUrl for several processes',
  );
}
