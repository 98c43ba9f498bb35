// The sample apps: what each installs beside our packages, its files, and the commands that have to
// succeed, in one or several variants.
import { bundlerApps } from './bundlers.mjs';
import { nodeApps } from './node.mjs';
import { testRunnerApps } from './test-runners.mjs';
import { typescriptApps } from './typescript.mjs';

/**
 * @typedef {object} Variant
 * @property {string} variant
 * @property {readonly (readonly string[])[]} steps commands with their arguments
 *
 * @typedef {object} App
 * @property {string} name
 * @property {Readonly<Record<string, string>>} dependencies
 * @property {Readonly<Record<string, string>>} [overrides]
 * @property {Readonly<Record<string, string>>} files by path
 * @property {readonly Variant[]} variants
 */

/** @type {readonly App[]} */
export const apps = [...nodeApps, ...typescriptApps, ...testRunnerApps, ...bundlerApps];
