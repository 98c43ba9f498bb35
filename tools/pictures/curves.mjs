import { loadModule } from './load-module.mjs';

/** @typedef {import('../../packages/resilience/test/simulation/curves.ts').Curves} Curves */

/**
 * Runs the simulation.
 *
 * @returns {Promise<Curves>}
 */
export async function loadCurves() {
  const { curves } = await loadModule('packages/resilience/test/simulation/curves.ts');
  return curves();
}
