import xterm from '@xterm/headless';

/** Colours of a terminal: the ground, the text, and the sixteen of the palette. */
export const themes = {
  light: {
    background: '#ffffff',
    foreground: '#1f2328',
    frame: '#d0d7de',
    palette: [
      ...['#24292f', '#cf222e', '#116329', '#7d4e00', '#0969da', '#8250df', '#1b7c83', '#6e7781'],
      ...['#57606a', '#a40e26', '#1a7f37', '#633c01', '#218bff', '#a475f9', '#3192aa', '#8c959f'],
    ],
  },
  dark: {
    background: '#0d1117',
    foreground: '#e6edf3',
    frame: '#30363d',
    palette: [
      ...['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'],
      ...['#6e7681', '#ffa198', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#f0f6fc'],
    ],
  },
};

/** @typedef {(typeof themes)['light']} Theme */

const cellWidth = 8;
const lineHeight = 18;
const padding = 16;

/**
 * Draws what a terminal shows after it has received `output`, as the text of an SVG file. Blank lines
 * at the top and at the bottom are left out.
 *
 * @param {string} output of a program, with its escape sequences
 * @param {{ columns: number, rows: number, theme: Theme, alternative: string }} options
 *   `alternative` says in words what is seen
 * @returns {Promise<string>}
 */
export async function drawTerminal(output, { columns, rows, theme, alternative }) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  await new Promise((resolve) => {
    terminal.write(output, () => {
      resolve(undefined);
    });
  });
  const lines = withoutBlankEnds(readLines(terminal, theme));
  terminal.dispose();

  const width = columns * cellWidth + 2 * padding;
  const height = lines.length * lineHeight + 2 * padding;
  const text = lines.map((runs, row) => {
    const y = padding + row * lineHeight + 13;
    return runs.flatMap((each) => drawRun(each, y)).join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" role="img" aria-label="${escapeText(alternative)}">
<rect x=".5" y=".5" width="${String(width - 1)}" height="${String(height - 1)}" rx="8" fill="${theme.background}" stroke="${theme.frame}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="${theme.foreground}">
${text.filter((line) => line !== '').join('\n')}
</g>
</svg>
`;
}

/**
 * @typedef {object} Run neighbouring cells of one look
 * @property {number} column of the first cell
 * @property {string} text
 * @property {string} style SVG attributes
 */

/**
 * @param {xterm.Terminal} terminal
 * @param {Theme} theme
 * @returns {Run[][]} by line
 */
function readLines(terminal, theme) {
  const { active } = terminal.buffer;
  return Array.from({ length: active.length }, (_, y) => {
    const line = active.getLine(y);
    /** @type {Run[]} */
    const runs = [];
    for (let x = 0; x < terminal.cols; x++) {
      const cell = line?.getCell(x);
      const chars = cell?.getChars() ?? '';
      const text = chars === '' ? ' ' : chars;
      const style = cell === undefined || text === ' ' ? '' : styleOf(cell, theme);
      const last = runs.at(-1);
      if (last?.style === style) last.text += text;
      else runs.push({ column: x, text, style });
    }
    return runs.filter(({ text }) => text.trim() !== '');
  });
}

/**
 * @param {xterm.IBufferCell} cell
 * @param {Theme} theme
 * @returns {string}
 */
function styleOf(cell, theme) {
  const colour = cell.isFgPalette() ? theme.palette[cell.getFgColor()] : undefined;
  return [
    colour === undefined ? '' : ` fill="${colour}"`,
    cell.isBold() ? ' font-weight="bold"' : '',
    cell.isDim() ? ' opacity=".6"' : '',
  ].join('');
}

/**
 * Draws the words of a run where they stand: viewers fold spaces that follow each other into one.
 *
 * @param {Run} run
 * @param {number} y
 */
function drawRun({ column, text, style }, y) {
  return [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: words, index }) => {
    const x = padding + (column + index) * cellWidth;
    // Columns stay in line, whatever font a reader has. No drill writes characters of two cells.
    const length = words.length * cellWidth;
    return `<text x="${String(x)}" y="${String(y)}" textLength="${String(length)}"${style}>${escapeText(words)}</text>`;
  });
}

/**
 * @param {Run[][]} lines
 * @returns {Run[][]}
 */
function withoutBlankEnds(lines) {
  const filled = lines.map((runs) => runs.length > 0);
  return lines.slice(filled.indexOf(true), filled.lastIndexOf(true) + 1);
}

/** @param {string} text */
function escapeText(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
