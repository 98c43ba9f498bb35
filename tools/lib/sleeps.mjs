import ts from 'typescript';
import { importsOf } from './imports.mjs';

const timers = new Set(['setTimeout', 'setInterval']);
const pollers = new Set(['vi.waitFor', 'vi.waitUntil', 'expect.poll', 'Atomics.wait']);

/**
 * Counts the places where a test would wait for real time: the global timers, `node:timers` and
 * polling. Timers of a clock that is handed in are no sleeps.
 *
 * @param {string} file
 * @param {string} text
 * @returns {number}
 */
export function countSleeps(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  let count = importsOf(file, text).filter(({ specifier }) =>
    /^(node:)?timers(\/promises)?$/.test(specifier),
  ).length;
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node) && isSleep(node.expression.getText(source))) count += 1;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return count;
}

/**
 * @param {string} callee
 * @returns {boolean}
 */
function isSleep(callee) {
  return timers.has(callee.replace(/^globalThis\./, '')) || pollers.has(callee);
}
