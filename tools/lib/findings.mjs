/**
 * Prints what a check found, one finding a line, and sets the exit code.
 *
 * @param {string} subject what was checked
 * @param {readonly string[]} findings
 */
export function reportFindings(subject, findings) {
  for (const finding of findings) console.error(finding);
  if (findings.length === 0) console.log(`${subject}: nothing found`);
  else console.error(`${subject}: ${String(findings.length)} found`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
