export { Child } from './child.ts';
export type { ChildRules, EndOrder } from './child.ts';
export { onOrder, readPlan, sharedNow, tell, tellAndExit } from './child-side.ts';
export { bar } from './bar.ts';
// One copy for all: the classes of another would not be known here.
export { Command, InvalidArgumentError, Option } from 'commander';
export { numberFrom, readArguments, sayInstead, wholeNumberFrom } from './command-line.ts';
export type { CommandLine } from './command-line.ts';
export type { Display } from './display.ts';
export { drillMain } from './drill-main.ts';
export type { DrillReport } from './drill-main.ts';
export { addCommonOptions } from './drill-options.ts';
export type { CommonOptions } from './drill-options.ts';
export { count, time } from './format.ts';
export { print } from './print.ts';
export { runWithView } from './run-with-view.ts';
export type { Watched } from './run-with-view.ts';
export { sideBySide, timeUntil } from './side-by-side.ts';
