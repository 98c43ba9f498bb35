// Writes docs/http/outcomes.md from the table in packages/http/src/outcomes/table.ts. `--check` fails where the page is
// out of date. Needs a build.
import { writeGenerated } from './lib/generated.mjs';
import { fromRoot } from './lib/paths.mjs';

/** @type {typeof import('../packages/http/src/outcomes/table.ts')} */
const { idempotentMethods, outcomes } = await import(
  fromRoot('packages/http/dist/outcomes/table.js')
);

const rules = { retry: 'retry', once: 'retry once', no: 'no' };
const verdicts = { failure: 'failure', success: 'success', ignore: 'no outcome' };

/** @param {import('../packages/http/src/outcomes/table.ts').OutcomeRow} row */
function signs({ statuses = [], codes = [], prefixes = [] }) {
  return [
    ...statuses.map((each) => (typeof each === 'number' ? String(each) : each.join('–'))),
    ...codes.map((code) => `\`${code}\``),
    ...prefixes.map((prefix) => `\`${prefix}*\``),
  ].join(', ');
}

const rows = Object.entries(outcomes).map(([kind, row]) => [
  `\`${kind}\`: ${row.title}`,
  signs(row),
  rules[row.idempotent],
  rules[row.other],
  verdicts[row.breaker],
]);
const header = ['Outcome', 'Statuses, codes', 'Idempotent', 'Other', 'Circuit'];
const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;

const page = `<!-- Written by tools/outcomes.mjs from packages/http/src/outcomes/table.ts. Change that, then run it. -->

# Outcomes of HTTP requests

What each outcome of an attempt means to the clients of \`@highway/http\`: whether another attempt follows, and what the circuit of
its origin learns. "Idempotent" are the methods ${idempotentMethods.join(', ')}, and any request with an
\`Idempotency-Key\`.

${line(header)}
${line(header.map(() => '---'))}
${rows.map(line).join('\n')}

- The first row that has a status or a code applies. The code of a cause counts as well, as \`fetch\` hides what happened in causes.
- \`answered\` has all statuses below 500 that no row above it has. Errors without a known code are \`perhapsProcessed\`, because
  browsers give no codes; a \`TypeError\` that does not say that the network failed is \`invalidRequest\`.
- After 429, and after 503 with \`Retry-After\`, attempts to that origin wait for as long as the server asks: those of all callers, for
  60 s at most. A caller that has less time is rejected at once.
- \`retry.statuses\` and \`retry.methods\` replace the columns; \`classify\` judges an outcome in place of the table. \`judgeOutcome\` is the
  table as a function.
- A body that can be sent only once, such as a stream, gets one attempt ([bodies](bodies.md)).
`;

// What prettier makes of it is not part of what it says.
const { format, resolveConfig } = await import('prettier');
const file = fromRoot('docs/http/outcomes.md');
const options = await resolveConfig(file);
writeGenerated('the page of outcomes', {
  'docs/http/outcomes.md': await format(page, { ...options, filepath: file }),
});
