// `npm run docs:drill`: runs the outage drill on a terminal of its own and draws what that shows at the
// end, once in light and once in dark colours: the picture in the README. A real run, so no two
// pictures are the same and no check compares them. Needs `script` of util-linux.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromRoot } from './lib/paths.mjs';
import { mustRun } from './lib/run.mjs';
import { build, ensureInstalled } from './lib/setup.mjs';
import { drawTerminal, themes } from './pictures/terminal.mjs';

const columns = 88;
const rows = 50;
const alternative =
  'The outage drill at its end. Charts of three groups of callers over the outage: bare retries fail to its end, ' +
  'a retry with a breaker and createFetch recover. A table compares the requests that each sent into the outage, ' +
  'the waits of callers and the failed calls.';

// What they say is no part of the picture.
await ensureInstalled();
await build();
const folder = mkdtempSync(join(tmpdir(), 'highway-drill-'));
try {
  const recording = join(folder, 'output');
  const size = `stty columns ${String(columns)} rows ${String(rows)}`;
  const command = `${size}; exec npm start --silent`;
  await mustRun('script', ['--quiet', '--return', '--command', command, recording]);
  // The first and the last line are those of `script` itself.
  const output = readFileSync(recording, 'utf8').replace(
    /^Script started.*\n|\n?Script done.*\n?$/g,
    '',
  );
  if (output.includes('too busy')) throw new Error('The machine is too busy for a fair recording');
  for (const [name, theme] of Object.entries(themes)) {
    const svg = await drawTerminal(output, { columns, rows, theme, alternative });
    writeFileSync(fromRoot(`docs/images/outage-drill-${name}.svg`), svg);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
