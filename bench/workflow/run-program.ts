import { fork } from 'node:child_process';

/** Runs a program of this folder in a process of its own, and gives what it sends. */
export function runProgram<Result>(name: string, ...args: readonly string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const file = new URL(`programs/${name}.js`, import.meta.url);
    const child = fork(file, [...args], { execArgv: ['--expose-gc'] });
    child.once('message', (result) => {
      resolve(result as Result);
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`${name} ended with ${String(code)} before it had a result`));
    });
  });
}

/** Sends the program's result, and ends it. */
export function sendResult(result: object): void {
  process.send!(result, undefined, {}, () => {
    process.exit(0);
  });
}

/** The median of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
