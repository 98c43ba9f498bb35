import type { Scope, Subject, Work } from './subject.ts';

/** Runs the operation so many times, one after the other; resolves with the ms that took. */
export type Loop = (times: number) => Promise<number>;

let made = 0;

/**
 * Compiles source code of its own for each subject. Functions made from one source share what the
 * engine learns about them, so a loop that all subjects went through would be slow for all, and
 * slower for those that come late.
 */
function compile(names: readonly string[], body: string): (...values: unknown[]) => unknown {
  made++;
  // The engine keeps compiled code by its source, so no two sources may be equal.
  const unique = `/* ${String(made)} */ 'use strict'; ${body}`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- separate code for each subject
  return new Function(...names, unique) as (...values: unknown[]) => unknown;
}

function makeWork(): Work {
  const error = new Error('the dependency failed');
  return {
    succeed: compile([], 'return async function work() { return 1; };')() as Work['succeed'],
    fail: compile(
      ['error'],
      `let calls = 0;
      return async function work() {
        calls = calls === 50 ? 1 : calls + 1;
        if (calls < 50) throw error;
        return 1;
      };`,
    )(error) as Work['fail'],
  };
}

/** Sets a subject up, with a loop around its operation. Errors are what some subjects are about. */
export async function makeLoop({ code, setup }: Subject): Promise<Loop> {
  const scope: Scope = await setup(makeWork());
  const body = `
    const operation = async () => await ${code};
    return async (times) => {
      const start = performance.now();
      for (let i = 0; i < times; i++) {
        try { await operation(); } catch {}
      }
      return performance.now() - start;
    };`;
  return compile(Object.keys(scope), body)(...Object.values(scope)) as Loop;
}
