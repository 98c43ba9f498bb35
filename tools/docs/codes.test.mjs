import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../lib/paths.mjs';
import { codesInSources, codesOnPage } from './codes.mjs';

/** @param {string} name */
const readPage = (name) => readFileSync(fromRoot(`docs/${name}`), 'utf8');

describe('codesOnPage', () => {
  it('finds the codes in the first columns of tables, and no others', () => {
    const page = '`ERR_A` in prose\n| `ERR_B` | like `ERR_C` |\n| `ERR_D` (E) | x |\n';
    expect(codesOnPage(page)).toEqual(['ERR_B', 'ERR_D']);
  });
});

describe('the pages of codes', () => {
  it('explain every error code of the packages, once, and no other', () => {
    expect(codesOnPage(readPage('errors.md'))).toEqual(codesInSources('ERR'));
  });

  it('explain every warning code of the packages, once, and no other', () => {
    expect(codesOnPage(readPage('warnings.md'))).toEqual(codesInSources('HIGHWAY'));
  });
});
