export { Child } from './child.ts';
export type { ChildRules, EndOrder } from './child.ts';
export { onOrder, readPlan, sharedNow, tell, tellAndExit } from './child-side.ts';
export { bar } from './bar.ts';
// One copy for all: the classes of another would not be known here.
export { Command, InvalidArgumentError, Option } from 'commander';
export { newFile, numberFrom, readArguments, wholeNumberFrom } from './command-line.ts';
export type { CommandLine } from './command-line.ts';
export type { Display } from './display.ts';
export { listenForEnd } from './end-signals.ts';
export type { EndWish } from './end-signals.ts';
export { count, time } from './format.ts';
export { print } from './print.ts';
export { runWithView } from './run-with-view.ts';
export type { Watched } from './run-with-view.ts';
export { sideBySide, timeUntil } from './side-by-side.ts';
