export { interruptProgram } from './interrupt-program.ts';
export { rowOf } from './row-of.ts';
export { isAlive, runProgram } from './run-program.ts';
export type { EndedProgram } from './run-program.ts';
