// Counts the places where tests of the packages wait for real time to pass. The target is zero:
// such tests are slow, and fail on a busy machine. Take the manual clock instead.
import { readFileSync } from 'node:fs';
import { realSleeps } from './exceptions.mjs';
import { listFiles } from './lib/files.mjs';
import { reportFindings } from './lib/findings.mjs';
import { fromRoot } from './lib/paths.mjs';
import { countSleeps } from './lib/sleeps.mjs';

const findings = listFiles('packages', /\.ts$/)
  .filter((file) => file.endsWith('.test.ts') || /^packages\/[^/]+\/test\//.test(file))
  .filter((file) => !Object.hasOwn(realSleeps, file))
  .map((file) => ({ file, count: countSleeps(file, readFileSync(fromRoot(file), 'utf8')) }))
  .filter(({ count }) => count > 0)
  .map(({ file, count }) => `${file}: ${String(count)} real sleeps`);
reportFindings('real sleeps in tests', findings);
