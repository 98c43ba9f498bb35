// `npm run test:mutation`: mutates the code that decides, part by part, and fails where the tests
// notice too few of the changes. `-- --part retry` runs that part alone, and may be repeated;
// `--concurrency 2` uses as many processes.
import { readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { reportFindings } from './lib/findings.mjs';
import { fromRoot } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { partsNamed, sandboxOf } from './mutation/parts.mjs';
import { scoreOf, sumOf, tableOf } from './mutation/scores.mjs';

/** In percent, for each part. */
const leastScore = 90;

const { values } = parseArgs({
  options: {
    part: { type: 'string', multiple: true, default: [] },
    concurrency: { type: 'string', default: '1' },
  },
});

const scores = [];
const findings = [];
for (const { name } of partsNamed(values.part)) {
  const { code } = await run(
    'stryker',
    ['run', 'stryker.config.mjs', '--concurrency', values.concurrency],
    { env: { MUTATION_PART: name } },
  );
  // Of this run, where it failed, and of earlier ones that were killed.
  rmSync(fromRoot(sandboxOf(name)), { recursive: true, force: true });
  if (code !== 0) {
    findings.push(`${name}: the mutation tester ended with exit code ${String(code)}`);
    continue;
  }
  const report = readFileSync(fromRoot(`reports/mutation/${name}.json`), 'utf8');
  const score = scoreOf(name, JSON.parse(report));
  scores.push(score);
  if (score.score < leastScore) {
    findings.push(`${name}: its score is below ${String(leastScore)} %`);
  }
}
console.log(tableOf([...scores, sumOf(scores)]));
reportFindings('mutants', findings);
