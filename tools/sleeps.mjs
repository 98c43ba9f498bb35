// Counts the places where tests of the packages wait for real time to pass. The target is zero:
// such tests are slow, and fail on a busy machine. Take the manual clock instead. Only who talks to
// real servers and processes, which keep their own time, may wait for them.
import { readFileSync } from 'node:fs';
import { realSleeps } from './exceptions.mjs';
import { listFiles } from './lib/files.mjs';
import { reportFindings } from './lib/findings.mjs';
import { fromRoot } from './lib/paths.mjs';
import { countSleeps } from './lib/sleeps.mjs';

const realPeers =
  /from '(?:@highway\/servers|pg|node:(?:child_process|http|net))'|\/database\.ts'/u;

const findings = listFiles('packages', /\.ts$/)
  .filter((file) => file.endsWith('.test.ts') || /^packages\/[^/]+\/test\//.test(file))
  .filter((file) => !Object.hasOwn(realSleeps, file))
  .map((file) => ({ file, text: readFileSync(fromRoot(file), 'utf8') }))
  .filter(({ text }) => !realPeers.test(text))
  .map(({ file, text }) => ({ file, count: countSleeps(file, text) }))
  .filter(({ count }) => count > 0)
  .map(({ file, count }) => `${file}: ${String(count)} real sleeps`);
reportFindings('real sleeps in tests', findings);
