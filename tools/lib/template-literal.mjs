/**
 * A text as a template literal, so that its lines stay lines.
 *
 * @param {string} text
 * @returns {string}
 */
export function templateLiteral(text) {
  return `\`${text.replace(/[\\`]|\$\{/g, '\\$&')}\``;
}
