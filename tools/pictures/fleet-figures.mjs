import { loadModule } from './load-module.mjs';

/** @typedef {import('../../packages/fleet/test/simulation/outage-figures.ts').Figures} Figures */

/**
 * Runs the simulation of a fleet in an outage, at each size that the documentation tells of.
 *
 * @returns {Promise<readonly Figures[]>}
 */
export async function loadFleetFigures() {
  const module = await loadModule('packages/fleet/test/simulation/outage-figures.ts');
  return module.sizes.map(module.figures);
}
