import type { Holder } from '../holder.ts';

/** What the thread that renews a lease is started with. */
export interface LeaseThreadData {
  readonly folder: string;
  /** Name of the lease's file, and what the names of all such files look like. */
  readonly file: string;
  readonly pattern: string;
  readonly generation: number;
  readonly holder: Holder;
  /** How long a record is: it is written over the one before, so all are of one length. */
  readonly length: number;
  readonly renewEveryMs: number;
  /** How long renewing may fail before the lease counts as lost. */
  readonly giveUpMs: number;
  /** When it was renewed, by the monotonic and the wall clock in ms; whether it is lost; answers. */
  readonly memory: SharedArrayBuffer;
}

/** What the thread is told. */
export type LeaseOrder = 'renew' | 'release';

/** What the thread tells. */
export type LeaseReport = { readonly lost: string } | { readonly ready: true };

/**
 * What the thread that renews a lease does, as a program of its own: it has to run however the
 * package is bundled, and a worker that is a file would have to be found. Renewing happens beside
 * the thread that executes, so that a step that blocks for a while does not cost the lease.
 *
 * To renew is to write first, and then to look for a newer lease. Whoever takes the folder over makes
 * the newer lease first, and then looks whether the older one was written once more. So at least
 * one of the two sees the other, however late either is.
 */
export const leaseThread = `'use strict';
const { closeSync, openSync, readdirSync, writeSync } = require('node:fs');
const { join } = require('node:path');
const { parentPort, workerData } = require('node:worker_threads');

const { folder, file, pattern, generation, holder, length, renewEveryMs, giveUpMs, memory } = workerData;
const renewedAt = new BigInt64Array(memory, 0, 2);
const flags = new Int32Array(memory, 16, 2);
const [LOST, ANSWERS] = [0, 1];
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

function answer() {
  Atomics.add(flags, ANSWERS, 1);
  Atomics.notify(flags, ANSWERS);
}

parentPort.on('message', (order) => {
  if (order === 'renew') {
    renew();
    return answer();
  }
  clearInterval(timer);
  try {
    if (Atomics.load(flags, LOST) === 0) write('released');
  } catch {
    // Then it is nobody's, or the next one waits until it has not moved for a while.
  }
  parentPort.close();
});
renew();
answer();
parentPort.postMessage({ ready: true });
timer = setInterval(renew, renewEveryMs);
`;
