// `npm run docs:pictures`: draws the pictures of the documentation, from the simulations that the
// tests judge. `--check` fails if a picture is out of date.
import { writeGenerated } from './lib/generated.mjs';
import { loadCurves } from './pictures/curves.mjs';
import { drawFleet } from './pictures/fleet.mjs';
import { loadFleetFigures } from './pictures/fleet-figures.mjs';
import { drawLimiter } from './pictures/limiter.mjs';
import { drawThrottler } from './pictures/throttler.mjs';

const curves = await loadCurves();
const pictures = {
  ...drawLimiter(curves),
  ...drawThrottler(curves),
  ...drawFleet(await loadFleetFigures()),
};

writeGenerated(
  'pictures',
  Object.fromEntries(
    Object.entries(pictures).map(([name, svg]) => [`docs/images/${name}.svg`, svg]),
  ),
);
