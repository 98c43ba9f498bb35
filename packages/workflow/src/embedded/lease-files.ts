import { randomUUID } from 'node:crypto';
import {
  constants,
  copyFileSync,
  linkSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { LeaseHolder } from '../lease-holder.ts';

// The leases of a folder form a chain: each has a number, and the highest one is in force. The next lease
// is created with the next number, exclusively, so that only one of several processes gets it. No process
// ever overwrites or removes the lease that is in force.

/** The content of a lease's file. */
export interface LeaseRecord extends LeaseHolder {
  readonly state: 'held' | 'released';
  readonly beat: number;
}

/** The length of each record in bytes: all are equally long, so that they can be overwritten in place. */
export const recordLength = 1024;

/** Matches the name of a lease, and captures its number. */
export const namePattern: string = String.raw`^lease-(\d{1,15})$`;

const draftPrefix = 'lease-draft-';

/** The name of the lease with this number. */
export function leaseName(generation: number): string {
  return `lease-${generation}`;
}

/** The number of the lease that is in force; 0 if the folder never had one. */
export function newestLease(folder: string): number {
  return Math.max(0, ...readdirSync(folder).map(generationOf));
}

/** The content of a lease's file; `undefined` if it doesn't exist any more. */
export function readLease(folder: string, generation: number): string | undefined {
  try {
    return readFileSync(join(folder, leaseName(generation)), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Parses a record; `undefined` if it is incomplete or invalid. */
export function parseLease(text: string | undefined): LeaseRecord | undefined {
  try {
    const record = JSON.parse(text ?? '') as Partial<LeaseRecord>;
    const sound =
      typeof record.token === 'string' &&
      typeof record.pid === 'number' &&
      typeof record.host === 'string' &&
      typeof record.system === 'string';
    return sound ? (record as LeaseRecord) : undefined;
  } catch {
    return undefined;
  }
}

/** Creates a lease with its full content; returns false if another process has created it. */
export function makeLease(folder: string, generation: number, holder: LeaseHolder): boolean {
  const file = join(folder, leaseName(generation));
  const draft = join(folder, `${draftPrefix}${randomUUID()}`);
  const record: LeaseRecord = { ...holder, state: 'held', beat: 0 };
  const text = `${JSON.stringify(record).padEnd(recordLength - 1)}\n`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  try {
    publish(draft, file);
  } catch (error) {
    const code = codeOf(error);
    // Another process has created it, and may have removed the draft.
    if (code !== 'EEXIST' && code !== 'ENOENT') throw error;
    // On a network file system, a reply may get lost, and the repeated request then finds the new file.
    return parseLease(readLease(folder, generation))?.token === holder.token;
  } finally {
    rmSync(draft, { force: true });
  }
  return true;
}

/** Removes older leases, and drafts. */
export function removeOlder(folder: string, generation: number): void {
  for (const name of readdirSync(folder)) {
    const number = generationOf(name);
    if ((number > 0 && number < generation) || name.startsWith(draftPrefix))
      removeFile(folder, name);
  }
}

/** Removes a lease that is not in force. */
export function removeLease(folder: string, generation: number): void {
  removeFile(folder, leaseName(generation));
}

function publish(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') throw error;
    // Some file systems have no hard links.
    copyFileSync(draft, file, constants.COPYFILE_EXCL);
  }
}

function generationOf(name: string): number {
  return Number(new RegExp(namePattern).exec(name)?.[1] ?? 0);
}

function removeFile(folder: string, name: string): void {
  rmSync(join(folder, name), { force: true });
}

function codeOf(error: unknown): unknown {
  return (Object(error) as { code?: unknown }).code;
}
