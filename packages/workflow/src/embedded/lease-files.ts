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
import type { Holder } from '../holder.ts';

// The leases of a folder are a chain: each has a number, and the one with the highest is in force.
// The next one is made with the number after it, exclusively, so that of several who want it one
// gets it. Nobody ever writes over, or takes away, the lease that is in force.

/** What a lease says. */
export interface LeaseRecord extends Holder {
  readonly state: 'held' | 'released';
  readonly beat: number;
}

/** Bytes of a record: of one length, so that one is written over the other in place. */
export const recordLength = 1024;

/** What the name of a lease looks like; its number. */
export const namePattern: string = String.raw`^lease-(\d{1,15})$`;

const draftPrefix = 'lease-draft-';

/** The name of the lease with that number. */
export function leaseName(generation: number): string {
  return `lease-${generation}`;
}

/** The number of the lease that is in force; 0 where the folder never had any. */
export function newestLease(folder: string): number {
  return Math.max(0, ...readdirSync(folder).map(generationOf));
}

/** What a lease's file holds; `undefined` where there is none any more. */
export function readLease(folder: string, generation: number): string | undefined {
  try {
    return readFileSync(join(folder, leaseName(generation)), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Reads a record; `undefined` for one that is half written, or is none. */
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

/** Makes a lease, written in full; false where somebody else has made it. */
export function makeLease(folder: string, generation: number, holder: Holder): boolean {
  const file = join(folder, leaseName(generation));
  const draft = join(folder, `${draftPrefix}${randomUUID()}`);
  const record: LeaseRecord = { ...holder, state: 'held', beat: 0 };
  const text = `${JSON.stringify(record).padEnd(recordLength - 1)}\n`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  try {
    place(draft, file);
  } catch (error) {
    const code = codeOf(error);
    // Taken, or the draft was tidied away by whoever has taken it.
    if (code !== 'EEXIST' && code !== 'ENOENT') throw error;
    // Over a network an answer may be lost, and its repetition find what the first has made.
    return parseLease(readLease(folder, generation))?.token === holder.token;
  } finally {
    rmSync(draft, { force: true });
  }
  return true;
}

/** Takes away what came before a lease. */
export function removeOlder(folder: string, generation: number): void {
  for (const name of readdirSync(folder)) {
    const number = generationOf(name);
    if ((number > 0 && number < generation) || name.startsWith(draftPrefix))
      removeFile(folder, name);
  }
}

/** Takes a lease away that is not in force. */
export function removeLease(folder: string, generation: number): void {
  removeFile(folder, leaseName(generation));
}

function place(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') throw error;
    // Some file systems have no links.
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
