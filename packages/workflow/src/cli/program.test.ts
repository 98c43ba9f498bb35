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
    [['list', '--database-url', ''], 'The database URL has to look like'],
    [['list', '--data-dir', ''], '--data-dir takes a folder'],
    [['list', '--database-url', 'postgres://a/b', '--app', ''], '--app'],
    [['list', '--status', 'asleep'], 'It takes queued, running, parked'],
    [['list', '--limit', '1.5'], 'It takes an integer of at least 1'],
    [['list', '--limit', '0'], 'It takes an integer of at least 1'],
    [['show'], "missing required argument 'run'"],
    [['show', 'a', 'b'], 'too many arguments'],
    [['signal', 'a', 'go', '{x'], 'It takes JSON'],
    [['list', '--database-url', 'nonsense'], 'The database URL has to look like'],
    [['list', '--database-url', 'mysql://a/b'], 'The database URL has to look like'],
    [['list', '--database-url', 'postgres://a/b', '--data-dir', 'x'], 'not both'],
    [['list', '--database-url', 'postgres://a/b', '--app', 'a/b'], '--app'],
  ])('refuses %j with exit code 2, saying why', async (args, why) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(why);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it.each([
    [['list', '--limit', 'x', '--json'], 'It takes an integer'],
    [['--json', 'list', '--frob'], "unknown option '--frob'"],
    [['list', '--json', '--database-url', 'nonsense'], 'The database URL has to look like'],
  ])('refuses %j in JSON', async (args, why) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(JSON.parse(err)).toEqual({ error: { message: expect.stringContaining(why) as string } });
  });

  it('takes a variable that is empty for one that is not set', async () => {
    const { err } = await run(['list'], { HIGHWAY_DATABASE_URL: '', HIGHWAY_APP: '' });
    expect(err).toContain('Which database?');
  });

  it('never repeats a URL, which may hold a password', async () => {
    const { err } = await run(['list'], { HIGHWAY_DATABASE_URL: 'mysql://me:secret@host/db' });
    expect(err).not.toContain('secret');
  });

  it('says which databases there could be where it is told of none', async () => {
    const { code, err } = await run(['list']);
    expect(code).toBe(2);
    expect(err).toContain('HIGHWAY_DATABASE_URL');
  });

  it('makes no database by looking for one', async () => {
    const { code, err } = await run(['list', '--data-dir', '/nowhere/at-all']);
    expect({ code, err }).toEqual({
      code: 1,
      err: 'error: There is no embedded database in /nowhere/at-all\n',
    });
  });

  it('says where no server answers, in JSON too', async () => {
    const args = ['list', '--json', '--database-url', 'postgres://u:secret@127.0.0.1:1/x'];
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(JSON.parse(err)).toEqual({
      error: {
        message: "The database can't be reached at 127.0.0.1: ECONNREFUSED",
        code: 'ECONNREFUSED',
      },
    });
  });

  it.each([[['--help']], [['show', '--help']], [['help', 'list']]])(
    'answers %j on the standard output, with exit code 0',
    async (args) => {
      const { code, out, err } = await run(args);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain('--database-url');
    },
  );

  it('shows its help on the standard error where it is asked for nothing', async () => {
    const { code, out, err } = await run([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('retry-from');
  });
});
