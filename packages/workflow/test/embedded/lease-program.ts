// Takes and uses a folder on command, and prints the result: one line for each line.
import process from 'node:process';
import { createInterface } from 'node:readline';
import { FolderLease } from '../../src/embedded/folder-lease.ts';
import type { LeaseTimes } from '../../src/embedded/folder-lease.ts';

const [folder = '', times = '{}'] = process.argv.slice(2);
let lease: FolderLease | undefined;

const commands: Record<string, (argument: string) => unknown> = {
  take: async () => {
    lease = await FolderLease.take(folder, JSON.parse(times) as LeaseTimes);
    return 'held';
  },
  check: () => {
    lease?.check();
    return 'ours';
  },
  block: (ms) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms));
    return 'blocked';
  },
  lost: () => String(lease?.lost.aborted),
  release: async () => {
    await lease?.release();
    return 'released';
  },
};

for await (const line of createInterface(process.stdin)) {
  const [command = '', argument = ''] = line.split(' ');
  try {
    console.log(await commands[command]!(argument));
  } catch (error) {
    console.log((error as { code?: unknown }).code);
  }
}
// Without any cleanup, like a crash.
(process as unknown as { reallyExit(code: number): never }).reallyExit(0);
