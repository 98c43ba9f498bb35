import { describe, expect, it } from 'vitest';
import { Highway } from './highway.ts';
import { definitionOf } from './definition.ts';

const make = (): Highway => new Highway({ name: 'shop' });
const greet = (name: string): string => `Hello ${name}`;

describe('highway.workflow', () => {
  it('takes the options last, and they are optional', () => {
    const highway = make();
    expect(definitionOf(highway.workflow('plain', greet))).toMatchObject({ concurrency: 100 });
    const limited = highway.workflow('limited', greet, { concurrency: 5 });
    expect(definitionOf(limited)).toMatchObject({ concurrency: 5, fn: greet });
  });

  it('still takes the options before the function', () => {
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const workflow = make().workflow('old', { concurrency: 5 }, greet);
    expect(definitionOf(workflow)).toMatchObject({ concurrency: 5, fn: greet });
  });

  it.each<[unknown[], string]>([
    [['buy'], 'expected a function as the second argument: workflow(name, fn, options?)'],
    [['buy', { concurrency: 5 }], 'expected a function as the second argument'],
    [['buy', greet, { concurency: 5 }], 'workflow "buy": unknown option "concurency"'],
    [['buy', { concurency: 5 }, greet], 'workflow "buy": unknown option "concurency"'],
    [['buy', greet, greet], 'workflow "buy": options must be an object'],
    [['buy', greet, { concurrency: 0 }], 'workflow "buy": concurrency: 0 is invalid'],
    [['a/b', greet], 'workflow: "a/b" is invalid'],
  ])('rejects %j with a message that says what is expected', (args, message) => {
    const highway = make() as unknown as { workflow(...given: unknown[]): unknown };
    expect(() => highway.workflow(...args)).toThrow(message);
  });

  it('rejects a second workflow of the same name', () => {
    const highway = make();
    highway.workflow('buy', greet);
    expect(() => highway.workflow('buy', greet)).toThrow('workflow "buy" is already defined');
  });
});

describe('highway.runs', () => {
  it('rejects every operation with ERR_NOT_STARTED before the start', async () => {
    const { runs } = make();
    const handle = runs.get('o-1');
    const operations = [
      runs.list(),
      runs.counts(),
      runs.describe('o-1'),
      runs.cancel('o-1'),
      runs.resume('o-1'),
      runs.retryFrom('o-1', 'pay'),
      runs.signal('o-1', 'go'),
      handle.status(),
      handle.result(),
    ];
    for (const operation of operations) {
      await expect(operation).rejects.toMatchObject({ code: 'ERR_NOT_STARTED' });
    }
  });
});
