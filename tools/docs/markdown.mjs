/**
 * @typedef {object} Block a fenced block of code
 * @property {number} line of its first line of code, from 1
 * @property {string} language
 * @property {string[]} flags the words after the language
 * @property {string[]} code
 * @property {string} above the last line of prose before it that isn't empty
 */

/**
 * @typedef {object} Example
 * @property {string} file the Markdown file, relative to the root
 * @property {number} line of its first line of code, from 1
 * @property {string} code
 * @property {string | undefined} setup the shared module whose exports the code uses
 * @property {boolean} run whether to run it, or only to compile it
 */

/**
 * Parts a Markdown file into its blocks of code and its prose; the prose keeps an empty line for
 * each line of code, so that line numbers stay true.
 *
 * @param {string} text
 * @returns {{ blocks: Block[], prose: string[] }}
 */
function parse(text) {
  /** @type {Block[]} */
  const blocks = [];
  /** @type {string[]} */
  const prose = [];
  /** @type {{ fence: string, block: Block } | undefined} */
  let open;
  let above = '';
  for (const [index, line] of text.split('\n').entries()) {
    const [, fence, info = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    prose.push(open === undefined && fence === undefined ? line : '');
    if (open !== undefined) {
      if (fence?.startsWith(open.fence) && info.trim() === '') open = undefined;
      else open.block.code.push(line);
    } else if (fence !== undefined) {
      const [language = '', ...flags] = info.trim().split(/\s+/);
      const block = { line: index + 2, language, flags, code: [], above };
      open = { fence, block };
      blocks.push(block);
      above = '';
    } else if (line.trim() !== '') {
      above = line.trim();
    }
  }
  return { blocks, prose };
}

/**
 * The `ts` blocks of a Markdown file. `no-run` after `ts` marks code that is only compiled. The
 * comment `<!-- example: setup=NAME -->` above a block names the module that it builds on.
 *
 * @param {string} file
 * @param {string} text
 * @returns {Example[]}
 */
export function extractExamples(file, text) {
  return parse(text)
    .blocks.filter(({ language }) => language === 'ts')
    .map(({ line, flags, code, above }) => {
      const setup = /^<!-- example: setup=([\w-]+) -->$/.exec(above)?.[1];
      return { file, line, code: code.join('\n'), setup, run: !flags.includes('no-run') };
    });
}

/**
 * @typedef {object} Link
 * @property {number} line from 1
 * @property {string} target
 */

/**
 * The links and images of a Markdown file, code left aside.
 *
 * @param {string} text
 * @returns {Link[]}
 */
export function linksOf(text) {
  const patterns = [
    /\]\(\s*<?([^)\s>]*)>?(?:\s+"[^"]*")?\s*\)/g,
    /^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)/g,
    /<(?:a|img)\s[^>]*?(?:href|src)="([^"]*)"/g,
    /<(https?:[^>\s]*)>/g,
  ];
  return parse(text).prose.flatMap((line, index) => {
    const withoutCode = line.replace(/`[^`]*`/g, '');
    return patterns
      .flatMap((pattern) => [...withoutCode.matchAll(pattern)])
      .map(([, target = '']) => ({ line: index + 1, target }));
  });
}

/**
 * The anchors that a Markdown file offers: its own, and those that GitHub makes of headings.
 *
 * @param {string} text
 * @returns {Set<string>}
 */
export function anchorsOf(text) {
  const { prose } = parse(text);
  const own = [...prose.join('\n').matchAll(/<a (?:id|name)="([^"]+)"/g)];
  const anchors = new Set(own.map(([, id = '']) => id));
  /** @type {Map<string, number>} */
  const seen = new Map();
  for (const line of prose) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = slugOf(heading);
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${String(count)}`);
  }
  return anchors;
}

/** @param {string} heading */
function slugOf(heading) {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-');
}
