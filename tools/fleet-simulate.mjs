// `npm run fleet:simulate`: sends fleets of 10 to 10,000 nodes through an outage in virtual time, and
// prints the table of the fleet package's README.
import { loadFleetFigures } from './pictures/fleet-figures.mjs';
import { loadModule } from './pictures/load-module.mjs';

const { readmeTable } = await loadModule('packages/fleet/test/simulation/readme-table.ts');
console.log(readmeTable(await loadFleetFigures()));
