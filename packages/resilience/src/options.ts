/**
 * The option readers of Highway's packages, so that all of them check options alike. This entry point is
 * for Highway's own packages: it may change in any version.
 *
 * @packageDocumentation
 */
export { describe } from './support/describe.ts';
export { quietly } from './support/quietly.ts';
export {
  callback,
  checkKeys,
  clockOption,
  count,
  flag,
  hasMethods,
  invalid,
  isRecord,
  number,
  objectWith,
  predicate,
  randomOption,
  readOptions,
} from './support/options.ts';
export type { Judge, Read, Reader } from './support/options.ts';
