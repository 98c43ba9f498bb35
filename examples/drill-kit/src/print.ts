/** Prints lines. */
export function print(
  lines: readonly string[],
  stream: NodeJS.WritableStream = process.stdout,
): void {
  stream.write(lines.map((line) => `${line}\n`).join(''));
}
