// What the mutation tester's reports come to.

/**
 * @typedef {object} MutationReport a part of the format of the mutation testing elements
 * @property {Record<string, { mutants: readonly { status: string }[] }>} files
 */

/**
 * @typedef {object} Score
 * @property {string} part
 * @property {number} killed by a failing test, or by a test that ran on and on
 * @property {number} survived also those that no test runs into
 * @property {number} score in percent; 100 where there was nothing to mutate
 */

const killed = new Set(['Killed', 'Timeout']);
const survived = new Set(['Survived', 'NoCoverage']);

/**
 * Mutants that don't run say nothing, and neither do those that were left out.
 *
 * @param {string} part
 * @param {MutationReport} report
 * @returns {Score}
 */
export function scoreOf(part, report) {
  const statuses = Object.values(report.files).flatMap(({ mutants }) =>
    mutants.map(({ status }) => status),
  );
  return score(
    part,
    statuses.filter((status) => killed.has(status)).length,
    statuses.filter((status) => survived.has(status)).length,
  );
}

/**
 * @param {readonly Score[]} scores
 * @returns {Score}
 */
export function sumOf(scores) {
  return score(
    'all',
    scores.reduce((sum, { killed }) => sum + killed, 0),
    scores.reduce((sum, { survived }) => sum + survived, 0),
  );
}

/**
 * A table in Markdown, as documentation holds it.
 *
 * @param {readonly Score[]} scores
 */
export function tableOf(scores) {
  const rows = scores.map(({ part, killed, survived, score }) => [
    part,
    String(killed),
    String(survived),
    `${score.toFixed(1)} %`,
  ]);
  const lines = [['Part', 'Killed', 'Survived', 'Score'], ['---', '---:', '---:', '---:'], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/**
 * @param {string} part
 * @param {number} killed
 * @param {number} survived
 * @returns {Score}
 */
function score(part, killed, survived) {
  const all = killed + survived;
  return { part, killed, survived, score: all === 0 ? 100 : (100 * killed) / all };
}
