import { describe, expect, it } from 'vitest';
import { OrphanedRuns } from './orphaned-runs.ts';

const none = new Set<string>();

describe('OrphanedRuns', () => {
  it('puts a run back that was seen twice in the same claim', () => {
    const orphans = new OrphanedRuns();
    const run = { id: 'a', owner: 'x' };
    expect(orphans.check([run], none)).toEqual([]);
    expect(orphans.check([run], none)).toEqual([run]);
  });

  it('leaves a run alone that is being executed, or was claimed again', () => {
    const orphans = new OrphanedRuns();
    orphans.check([{ id: 'a', owner: 'x' }], none);
    expect(orphans.check([{ id: 'a', owner: 'x' }], new Set(['a']))).toEqual([]);
    expect(orphans.check([{ id: 'a', owner: 'x' }], none)).toEqual([]);
    expect(orphans.check([{ id: 'a', owner: 'y' }], none)).toEqual([]);
  });

  it('puts a run back less and less often if it comes back each time', () => {
    const orphans = new OrphanedRuns();
    const checks = Array.from({ length: 40 }, (_, n) => n);
    const owned = [{ id: 'a', owner: 'x' }];
    const at = checks.filter(() => orphans.check(owned, none).length > 0);
    expect(at).toEqual([1, 2, 4, 8, 16, 32]);
  });
});
