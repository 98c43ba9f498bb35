import { expect, it } from 'vitest';
import { partsNamed, parts } from './parts.mjs';
import { scoreOf, sumOf, tableOf } from './scores.mjs';

/** @param {readonly string[]} statuses */
function report(...statuses) {
  return { files: { 'a.ts': { mutants: statuses.map((status) => ({ status })) } } };
}

it('counts a mutant that no test reaches as survived, and an endless test as a kill', () => {
  expect(scoreOf('a', report('Killed', 'Timeout', 'NoCoverage', 'Survived'))).toEqual({
    part: 'a',
    killed: 2,
    survived: 2,
    score: 50,
  });
});

it('leaves out mutants that did not run', () => {
  expect(scoreOf('a', report('Killed', 'Ignored', 'RuntimeError')).score).toBe(100);
});

it('adds up parts by their mutants', () => {
  const scores = [
    scoreOf('a', report('Killed', 'Killed', 'Killed')),
    scoreOf('b', report('Survived')),
  ];
  expect(sumOf(scores)).toEqual({ part: 'all', killed: 3, survived: 1, score: 75 });
});

it('shows scores as a table', () => {
  expect(tableOf([scoreOf('a', report('Killed', 'Killed', 'Survived'))]).split('\n')).toEqual([
    '| Part | Killed | Survived | Score |',
    '| --- | ---: | ---: | ---: |',
    '| a | 2 | 1 | 66.7 % |',
  ]);
});

it('finds parts by name, and throws for unknown names', () => {
  expect(partsNamed([])).toEqual(parts);
  expect(partsNamed(['retry', 'backoff']).map(({ name }) => name)).toEqual(['backoff', 'retry']);
  expect(() => partsNamed(['retries'])).toThrow('There is no part retries; the parts are breaker,');
});
