import { describe, expect, it } from 'vitest';
import { runCli } from './program.ts';

async function run(args: readonly string[], env: Record<string, string> = {}) {
  let out = '';
  let err = '';
  const code = await runCli(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    colours: false,
    columns: undefined,
    env,
    now: () => 0,
  });
  return { code, out, err };
}

describe('the command line', () => {
  it.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['list', '--frob'], "unknown option '--frob'"],
    [['lst'], 'Did you mean list?'],
    [['list', '--database-url', ''], 'The database URL must look like'],
    [['list', '--data-dir', ''], '--data-dir: expected a folder'],
    [['list', '--database-url', 'postgres://a/b', '--app', ''], '--app'],
    [['list', '--status', 'asleep'], 'Expected one or more of queued, running, parked'],
    [['list', '--limit', '1.5'], 'Expected an integer of at least 1'],
    [['list', '--limit', '0'], 'Expected an integer of at least 1'],
    [['show'], "missing required argument 'run'"],
    [['show', 'a', 'b'], 'too many arguments'],
    [['signal', 'a', 'go', '{x'], 'Expected JSON'],
    [['list', '--database-url', 'nonsense'], 'The database URL must look like'],
    [['list', '--database-url', 'mysql://a/b'], 'The database URL must look like'],
    [['list', '--database-url', 'postgres://a/b', '--data-dir', 'x'], 'not both'],
    [['list', '--database-url', 'postgres://a/b', '--app', 'a/b'], '--app'],
  ])('rejects %j with exit code 2 and a reason', async (args, why) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(why);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it.each([
    [['list', '--limit', 'x', '--json'], 'Expected an integer'],
    [['--json', 'list', '--frob'], "unknown option '--frob'"],
    [['list', '--json', '--database-url', 'nonsense'], 'The database URL must look like'],
  ])('rejects %j with an error in JSON', async (args, why) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(JSON.parse(err)).toEqual({ error: { message: expect.stringContaining(why) as string } });
  });

  it('treats an empty variable like one that is not set', async () => {
    const { err } = await run(['list'], { HIGHWAY_DATABASE_URL: '', HIGHWAY_APP: '' });
    expect(err).toContain('No database given, and there is no .highway here');
  });

  it('never repeats a URL, which may hold a password', async () => {
    const { err } = await run(['list'], { HIGHWAY_DATABASE_URL: 'mysql://me:secret@host/db' });
    expect(err).not.toContain('secret');
  });

  it('names the ways to give a database if there is none', async () => {
    const { code, err } = await run(['list']);
    expect(code).toBe(2);
    expect(err).toContain('HIGHWAY_DATABASE_URL');
  });

  it('does not create a missing database', async () => {
    const { code, err } = await run(['list', '--data-dir', '/nowhere/at-all']);
    expect({ code, err }).toEqual({
      code: 1,
      err: 'error: There is no embedded database in /nowhere/at-all\n',
    });
  });

  it('names the host that it can not reach, also in JSON', async () => {
    const args = ['list', '--json', '--database-url', 'postgres://u:secret@127.0.0.1:1/x'];
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(JSON.parse(err)).toEqual({
      error: {
        message: "Can't reach the database at 127.0.0.1: ECONNREFUSED",
        code: 'ECONNREFUSED',
      },
    });
  });

  it.each([[['--help']], [['show', '--help']], [['help', 'list']]])(
    'prints the help for %j to the standard output, with exit code 0',
    async (args) => {
      const { code, out, err } = await run(args);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain('--database-url');
    },
  );

  it('prints its help to the standard error if it is called without a command', async () => {
    const { code, out, err } = await run([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('retry-from');
  });
});
