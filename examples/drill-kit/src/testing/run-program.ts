import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A drill that has ended. */
export interface EndedProgram {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
  /** Whether any of its processes is left. */
  readonly leftovers: boolean;
}

/**
 * Runs a compiled drill to its end, in its own process group. `onOutput` receives all its output so far,
 * and the id of the group for `process.kill`.
 */
export async function runProgram(
  program: URL,
  args: readonly string[],
  onOutput: (output: string, group: number) => void = () => undefined,
): Promise<EndedProgram> {
  const file = fileURLToPath(program);
  if (!existsSync(file)) throw new Error('The drill is not compiled: npm run build');
  const child = spawn(process.execPath, [file, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const group = -child.pid!;
  let output = '';
  let errors = '';
  child.stdout.on('data', (text) => {
    output += String(text);
    onOutput(output, group);
  });
  child.stderr.on('data', (text) => (errors += String(text)));
  await once(child, 'close');
  return { code: child.exitCode, output, errors, leftovers: isAlive(group) };
}

/** Whether a process is alive, or any process of a group, whose id is negative. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
