export { isAlive, runProgram } from './run-program.ts';
export type { EndedProgram } from './run-program.ts';
