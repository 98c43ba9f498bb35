import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';

/** The process that holds a lease. */
export interface LeaseHolder {
  /** Unique to this holder. */
  readonly token: string;
  readonly pid: number;
  readonly host: string;
  /** The boot of the machine and its namespace of process ids; empty if the system has neither. */
  readonly system: string;
}

/** This process as the holder of a lease. */
export function thisHolder(): LeaseHolder {
  const host = hostname().slice(0, 255);
  return { token: randomUUID(), pid: process.pid, host, system: thisSystem() };
}

/**
 * Whether a holder has certainly ended: its process ran on this machine, in this namespace, and doesn't
 * exist any more. For any other holder only time can tell.
 */
export function hasEnded({ pid, system }: LeaseHolder): boolean {
  if (system === '' || system !== thisSystem()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

function thisSystem(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

function codeOf(error: unknown): unknown {
  return (Object(error) as { code?: unknown }).code;
}
