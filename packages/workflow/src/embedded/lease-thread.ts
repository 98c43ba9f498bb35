import type { LeaseHolder } from '../lease-holder.ts';

/** What the thread that renews a lease is started with. */
export interface LeaseThreadData {
  readonly folder: string;
  /** The name of the lease's file. */
  readonly file: string;
  /** Matches the names of all leases. */
  readonly pattern: string;
  readonly generation: number;
  readonly holder: LeaseHolder;
  /** The length of a record, which overwrites the previous one. */
  readonly length: number;
  readonly renewEveryMs: number;
  /** How long renewals may fail before the lease counts as lost. */
  readonly giveUpMs: number;
  /** The time of the last renewal by the monotonic and the wall clock, a flag for the loss, a counter of replies. */
  readonly memory: SharedArrayBuffer;
}

/** An order to the thread. */
export type LeaseOrder = 'renew' | 'release';

/** A message from the thread. */
export type LeaseReport = { readonly lost: string } | { readonly ready: true };

/**
 * The program of the thread that renews a lease, as a string: a bundled package has no file that the
 * thread could be started from. A thread of its own renews the lease even while a step blocks the main
 * thread.
 *
 * A renewal writes first, and then looks for a newer lease. A process that takes over the folder creates
 * the newer lease first, and then looks whether the older one was written again. So at least one of the
 * two notices the other, however late either is.
 */
export const leaseThread = `'use strict';
const { closeSync, openSync, readdirSync, writeSync } = require('node:fs');
const { join } = require('node:path');
const { parentPort, workerData } = require('node:worker_threads');

const { folder, file, pattern, generation, holder, length, renewEveryMs, giveUpMs, memory } = workerData;
const renewedAt = new BigInt64Array(memory, 0, 2);
const flags = new Int32Array(memory, 16, 2);
const [LOST, REPLIES] = [0, 1];
const names = new RegExp(pattern);
let beat = 0;
let timer;

function write(state) {
  const fd = openSync(join(folder, file), 'r+');
  try {
    const record = JSON.stringify({ ...holder, state, beat });
    writeSync(fd, Buffer.from(record.padEnd(length - 1) + '\\n'), 0, length, 0);
  } finally {
    closeSync(fd);
  }
}

function lose(why) {
  clearInterval(timer);
  if (Atomics.exchange(flags, LOST, 1) === 0) parentPort.postMessage({ lost: why });
}

function renew() {
  if (Atomics.load(flags, LOST) === 1) return;
  const monotonic = process.hrtime.bigint() / 1000000n;
  const wall = BigInt(Date.now());
  try {
    beat += 1;
    write('held');
    const newer = readdirSync(folder).some((name) => Number(names.exec(name)?.[1] ?? 0) > generation);
    if (newer) return lose('another process has taken it over');
    Atomics.store(renewedAt, 0, monotonic);
    Atomics.store(renewedAt, 1, wall);
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESTALE') return lose('its lease was taken away');
    const since = Number(monotonic - Atomics.load(renewedAt, 0));
    if (since > giveUpMs) lose('its lease could not be renewed for ' + since + ' ms: ' + error.code);
  }
}

function reply() {
  Atomics.add(flags, REPLIES, 1);
  Atomics.notify(flags, REPLIES);
}

parentPort.on('message', (order) => {
  if (order === 'renew') {
    renew();
    return reply();
  }
  clearInterval(timer);
  try {
    if (Atomics.load(flags, LOST) === 0) write('released');
  } catch {
    // The next process then waits until the lease has not been renewed for a while.
  }
  parentPort.close();
});
renew();
reply();
parentPort.postMessage({ ready: true });
timer = setInterval(renew, renewEveryMs);
`;
