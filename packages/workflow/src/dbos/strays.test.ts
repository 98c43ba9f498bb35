import { describe, expect, it } from 'vitest';
import { Strays } from './strays.ts';

const none = new Set<string>();

describe('the runs that a process owns and does not execute', () => {
  it('are put back once they were seen twice in the same claim', () => {
    const strays = new Strays();
    const run = { id: 'a', owner: 'x' };
    expect(strays.look([run], none)).toEqual([]);
    expect(strays.look([run], none)).toEqual([run]);
  });

  it('are left alone while they are being executed, or after another claim', () => {
    const strays = new Strays();
    strays.look([{ id: 'a', owner: 'x' }], none);
    expect(strays.look([{ id: 'a', owner: 'x' }], new Set(['a']))).toEqual([]);
    expect(strays.look([{ id: 'a', owner: 'x' }], none)).toEqual([]);
    expect(strays.look([{ id: 'a', owner: 'y' }], none)).toEqual([]);
  });

  it('are put back less and less often where they come back each time', () => {
    const strays = new Strays();
    const looks = Array.from({ length: 40 }, (_, n) => n);
    const owned = [{ id: 'a', owner: 'x' }];
    const at = looks.filter(() => strays.look(owned, none).length > 0);
    expect(at).toEqual([1, 2, 4, 8, 16, 32]);
  });
});
