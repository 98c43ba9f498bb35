import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedFolder } from '../support/embedded-folder.ts';
import { compileProgram } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { TalkingProcess } from '../support/talking-process.ts';

const inUse = '"ERR_ENGINE_IN_USE"';

describe('a worker whose embedded database was taken over', () => {
  let program: Program;
  let database: Awaited<ReturnType<typeof embeddedFolder>>;

  beforeAll(async () => {
    program = await compileProgram('embedded/worker-program.ts');
    database = await embeddedFolder();
  }, 120_000);

  afterAll(() => {
    program[Symbol.dispose]();
    database.remove();
  });

  it('stops with an error, writes nothing more, and can start again', async () => {
    const start = () => new TalkingProcess(program.file, [database.folder], { apart: false });
    const [one, other] = [start(), start()];
    expect(await one.ask('start')).toBe('"started"');
    expect(await other.ask('start')).toBe(inUse);
    expect(await one.ask('buy a')).toBe('"a"');
    expect(await one.ask('wait w')).toMatch(/waiting|queued|running/);
    one.signal('SIGSTOP');
    expect(await other.ask('start')).toBe('"started"');
    expect(await other.ask('buy b')).toBe('"b"');
    one.signal('SIGCONT');
    expect(await one.ask('buy c')).toBe(inUse);
    expect(await one.ask('list')).toBe(inUse);
    expect(await one.ask('waited')).toMatch(/"ERR_ENGINE_IN_USE"|"ERR_NOT_STARTED"/);
    const logged = JSON.parse(await one.ask('logged')) as string[];
    expect(logged).toEqual([expect.stringMatching(/^dataDir: this process has lost .*: .* taken/)]);
    expect(await one.ask('start')).toBe(inUse);
    expect(await other.ask('buy d')).toBe('"d"');
    expect(await other.ask('list')).toBe('["a","b","d","w"]');
    expect(await other.ask('stop')).toBe('"stopped"');
    expect(await one.ask('start')).toBe('"started"');
    expect(await one.ask('list')).toBe('["a","b","d","w"]');
    expect(await one.ask('stop')).toBe('"stopped"');
    await Promise.all([one.crash(), other.crash()]);
  }, 120_000);
});
