import { runProgram } from '@highway-examples/drill-kit/testing';
import type { EndedProgram } from '@highway-examples/drill-kit/testing';

const program = new URL('../dist/main.js', import.meta.url);

/** Runs the compiled drill to its end, in a process group of its own. */
export function runDrill(
  args: readonly string[],
  onOutput?: (output: string, group: number) => void,
): Promise<EndedProgram> {
  return runProgram(program, args, onOutput);
}
