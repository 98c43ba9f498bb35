import { describe, expect, it } from 'vitest';
import { anchorsOf, extractExamples, linksOf } from './markdown.mjs';

const text = `# The \`retry\` policy

See [below](#the-retry-policy-1) and <https://example.org>, not \`[this](x)\`.

<!-- example: setup=service -->
\`\`\`ts
const a = 1;

const b = 2;
\`\`\`

\`\`\`ts no-run
run();
\`\`\`

\`\`\`js
[no](link)
\`\`\`

## The retry policy
[reference]: ./other.md#part
<a id="own"></a> ![picture](picture.png "title")
`;

describe('extractExamples', () => {
  it('finds the ts blocks, with their lines, setups and flags', () => {
    const code = 'const a = 1;\n\nconst b = 2;';
    expect(extractExamples('a.md', text)).toEqual([
      { file: 'a.md', line: 7, code, setup: 'service', run: true },
      { file: 'a.md', line: 13, code: 'run();', setup: undefined, run: false },
    ]);
  });
});

describe('linksOf', () => {
  it('finds links of every kind, with their lines, but none in code', () => {
    expect(linksOf(text)).toEqual([
      { line: 3, target: '#the-retry-policy-1' },
      { line: 3, target: 'https://example.org' },
      { line: 21, target: './other.md#part' },
      { line: 22, target: 'picture.png' },
    ]);
  });
});

describe('anchorsOf', () => {
  it('creates the anchors that GitHub creates, and finds explicit ones', () => {
    expect([...anchorsOf(text)].sort()).toEqual(['own', 'the-retry-policy', 'the-retry-policy-1']);
  });
});
