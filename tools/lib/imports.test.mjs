import { expect, it } from 'vitest';
import { importsOf } from './imports.mjs';

it('finds every way to import, and tells types from values', () => {
  const text = `
    import { a } from './a.ts';
    import type { B } from './b.ts';
    export * from './c.ts';
    export type { D } from './d.ts';
    const e: import('./e.ts').E = await import('./f.ts');
    // import './comment.ts';
  `;
  expect(importsOf('any.ts', text)).toEqual([
    { specifier: './a.ts', typeOnly: false },
    { specifier: './b.ts', typeOnly: true },
    { specifier: './c.ts', typeOnly: false },
    { specifier: './d.ts', typeOnly: true },
    { specifier: './e.ts', typeOnly: true },
    { specifier: './f.ts', typeOnly: false },
  ]);
});
