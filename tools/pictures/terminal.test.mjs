import { describe, expect, it } from 'vitest';
import { drawTerminal, themes } from './terminal.mjs';

/** @param {string} output */
function draw(output) {
  const { dark } = themes;
  return drawTerminal(output, { columns: 20, rows: 5, theme: dark, alternative: 'a "test"' });
}

describe('drawTerminal', () => {
  it('draws the final screen, in its colours', async () => {
    const svg = await draw('gone\x1b[2K\rthe \x1b[31mred\x1b[39m and \x1b[1mbold\x1b[22m one\r\n');
    expect(svg).not.toContain('gone');
    expect(svg).toContain(`fill="${themes.dark.palette[1] ?? ''}">red</text>`);
    expect(svg).toContain('font-weight="bold">bold</text>');
    expect(svg).toContain(`fill="${themes.dark.background}"`);
  });

  it('escapes markup', async () => {
    const svg = await draw('<1 ms & more');
    expect(svg).toContain('&lt;1 ms &amp; more');
    expect(svg).toContain('aria-label="a &quot;test&quot;"');
  });

  it('keeps columns apart', async () => {
    const svg = await draw('one two   three');
    expect(svg).toContain('<text x="16" y="29" textLength="56">one two</text>');
    expect(svg).toContain('<text x="96" y="29" textLength="40">three</text>');
  });

  it('omits blank lines at both ends, and keeps those between', async () => {
    const svg = await draw('\r\n\r\nfirst\r\n\r\nsecond\r\n\r\n');
    expect([...svg.matchAll(/ y="(\d+)" textLength/g)].map(([, y]) => y)).toEqual(['29', '65']);
  });
});
