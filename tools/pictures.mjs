// `npm run docs:pictures`: draws the documentation's pictures anew, from the simulations that the
// tests judge. `--check` fails where a picture is not what they give now.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { reportFindings } from './lib/findings.mjs';
import { fromRoot } from './lib/paths.mjs';
import { loadCurves } from './pictures/curves.mjs';
import { drawFleet } from './pictures/fleet.mjs';
import { loadFleetFigures } from './pictures/fleet-figures.mjs';
import { drawLimiter } from './pictures/limiter.mjs';
import { drawThrottler } from './pictures/throttler.mjs';

const check = process.argv.includes('--check');
const curves = await loadCurves();
const pictures = {
  ...drawLimiter(curves),
  ...drawThrottler(curves),
  ...drawFleet(await loadFleetFigures()),
};

mkdirSync(fromRoot('docs/images'), { recursive: true });
const findings = [];
for (const [name, svg] of Object.entries(pictures)) {
  const file = `docs/images/${name}.svg`;
  const before = existsSync(fromRoot(file)) ? readFileSync(fromRoot(file), 'utf8') : '';
  if (svg === before) continue;
  if (check) findings.push(`${file}: out of date; run \`npm run docs:pictures\``);
  else writeFileSync(fromRoot(file), svg);
}
reportFindings('pictures', findings);
