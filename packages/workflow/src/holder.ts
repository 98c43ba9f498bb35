import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';

/** The process that holds a lease. */
export interface Holder {
  /** Tells it from all others. */
  readonly token: string;
  readonly pid: number;
  readonly host: string;
  /** The running system and its namespace of process ids; empty where the system has none. */
  readonly system: string;
}

/** This process, as the holder of a lease. */
export function thisHolder(): Holder {
  const host = hostname().slice(0, 255);
  return { token: randomUUID(), pid: process.pid, host, system: thisSystem() };
}

/**
 * Whether a holder is gone for certain: a process of this very system and of this very namespace
 * that isn't there. Of any other holder only time tells.
 */
export function isGone({ pid, system }: Holder): boolean {
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
