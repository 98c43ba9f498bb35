import { runProgram } from './run-program.ts';
import type { EndedProgram } from './run-program.ts';

/**
 * Runs a compiled drill and presses Ctrl-C when its output matches. As in a terminal, the signal goes to
 * every process of the group.
 */
export async function interruptProgram(
  program: URL,
  args: readonly string[],
  when: RegExp,
): Promise<EndedProgram> {
  let interrupted = false;
  return runProgram(program, args, (output, group) => {
    if (interrupted || !when.test(output)) return;
    interrupted = true;
    process.kill(group, 'SIGINT');
  });
}
