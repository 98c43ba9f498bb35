// Postgres has one process per connection: freezing or killing a server must reach them all.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

interface ProcessState {
  readonly pid: number;
  readonly parent: number;
  readonly ended: boolean;
}

export function signalTree(pid: number, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
  if (signal === 'SIGCONT') {
    for (const child of childrenOf(pid)) send(child, signal);
    send(pid, signal);
    return;
  }
  // A stopped parent starts no more children.
  send(pid, 'SIGSTOP');
  const children = childrenOf(pid);
  if (signal === 'SIGKILL') send(pid, signal);
  for (const child of children) send(child, signal);
}

export function childrenOf(pid: number): number[] {
  return processes()
    .filter(({ parent }) => parent === pid)
    .map((process) => process.pid);
}

/** Whether any of them is still running. A zombie does not count. */
export function someRun(pids: readonly number[]): boolean {
  return pids.length > 0 && processes().some(({ pid, ended }) => !ended && pids.includes(pid));
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function processes(): ProcessState[] {
  return existsSync('/proc/self/stat') ? processesOfLinux() : processesOfUnix();
}

function processesOfLinux(): ProcessState[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The program's name is in parentheses and may contain some.
        const [state, parent] = readFileSync(`/proc/${name}/stat`, 'latin1')
          .replace(/^.*\) /s, '')
          .split(' ');
        return { pid: Number(name), parent: Number(parent), ended: state === 'Z' || state === 'X' };
      } catch {
        return [];
      }
    });
}

function processesOfUnix(): ProcessState[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,state='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, state] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), ended: state?.startsWith('Z') ?? false };
    });
}
