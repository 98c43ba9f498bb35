import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compileProgram } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { TalkingProcess } from '../support/talking-process.ts';

const inUse = 'ERR_ENGINE_IN_USE';
// A fifth of the usual times: these tests need real processes that really stop.
const times = { renewEveryMs: 300, staleMs: 1_000, deadMs: 2_000 };

describe('the lease of a folder', { timeout: 60_000 }, () => {
  let program: Program;
  let folder: string;
  let processes: TalkingProcess[] = [];

  const start = (options = {}): TalkingProcess => {
    const started = new TalkingProcess(program.file, [folder, JSON.stringify(times)], options);
    processes.push(started);
    return started;
  };

  beforeAll(async () => {
    program = await compileProgram('embedded/lease-program.ts');
  });

  afterAll(() => {
    program[Symbol.dispose]();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'highway-lease-'));
  });

  afterEach(async () => {
    await Promise.all(processes.map((one) => one.crash()));
    processes = [];
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['of one system', {}],
    ['whose process ids mean nothing to each other, as in containers', { apart: true }],
  ])('is held by one of two processes %s, and by the other after its release', async (_, how) => {
    const [one, other] = [start(how), start(how)];
    expect(await one.ask('take')).toBe('held');
    expect(await other.ask('take')).toBe(inUse);
    expect(await one.ask('check')).toBe('ours');
    expect(await one.ask('release')).toBe('released');
    expect(await other.ask('take')).toBe('held');
    expect(await start(how).ask('take')).toBe(inUse);
  });

  it('is not given twice to the same process', async () => {
    const one = start();
    expect(await one.ask('take')).toBe('held');
    expect(await one.ask('take')).toBe(inUse);
  });

  it.each([
    ['on this system', {}],
    ['in another container', { apart: true }],
  ])('is free again after the crash of a holder %s', async (_, how) => {
    const [one, other] = [start(how), start(how)];
    expect(await one.ask('take')).toBe('held');
    await one.crash();
    expect(await other.ask('take')).toBe('held');
    expect(await other.ask('check')).toBe('ours');
    expect(readdirSync(folder)).toEqual(['lease-2']);
  });

  it.each(['', '{"token":', 'null', '7'])('is free if its file contains %j', async (text) => {
    writeFileSync(join(folder, 'lease-7'), text);
    expect(await start().ask('take')).toBe('held');
    expect(readdirSync(folder)).toEqual(['lease-8']);
  });

  it('goes to only one of several processes that ask for it after a crash', async () => {
    for (let round = 0; round < 3; round += 1) {
      writeFileSync(join(folder, `lease-${100 * (round + 1)}`), 'left behind');
      const contenders = Array.from({ length: 5 }, (_, i) => start({ apart: i % 2 === 0 }));
      const said = await Promise.all(contenders.map((one) => one.ask('take')));
      expect(said.sort()).toEqual([...Array<string>(4).fill(inUse), 'held']);
      await Promise.all(contenders.map((one) => one.crash()));
    }
  });

  it('is kept by a holder whose main thread is blocked for longer than a lease lasts', async () => {
    const [one, other] = [start(), start()];
    expect(await one.ask('take')).toBe('held');
    const blocked = one.ask(`block ${3 * times.deadMs}`);
    expect(await other.ask('take')).toBe(inUse);
    expect(await blocked).toBe('blocked');
    expect(await one.ask('check')).toBe('ours');
  });

  it('is lost by a holder that was suspended while another process took it over', async () => {
    const [one, other] = [start(), start()];
    expect(await one.ask('take')).toBe('held');
    one.signal('SIGSTOP');
    expect(await other.ask('take')).toBe('held');
    one.signal('SIGCONT');
    // Asked at once: it must not rely on what it knew before.
    expect(await one.ask('check')).toBe(inUse);
    expect(await one.ask('lost')).toBe('true');
    expect(await one.ask('release')).toBe('released');
    expect(await other.ask('check')).toBe('ours');
    expect(await start().ask('take')).toBe(inUse);
  });

  it('is lost even if the process that took it over has already ended', async () => {
    const [one, other] = [start(), start()];
    expect(await one.ask('take')).toBe('held');
    one.signal('SIGSTOP');
    expect(await other.ask('take')).toBe('held');
    expect(await other.ask('release')).toBe('released');
    one.signal('SIGCONT');
    expect(await one.ask('check')).toBe(inUse);
  });

  it('is kept by a holder that was suspended while no process wanted the folder', async () => {
    const [one, other] = [start(), start()];
    expect(await one.ask('take')).toBe('held');
    one.signal('SIGSTOP');
    expect(await other.ask(`block ${2 * times.deadMs}`)).toBe('blocked');
    one.signal('SIGCONT');
    expect(await one.ask('check')).toBe('ours');
    expect(await other.ask('take')).toBe(inUse);
  });

  it('is lost with the folder', async () => {
    const one = start();
    expect(await one.ask('take')).toBe('held');
    rmSync(folder, { recursive: true });
    expect(await one.ask(`block ${2 * times.staleMs}`)).toBe('blocked');
    expect(await one.ask('check')).toBe(inUse);
  });

  it("can't be read by other users", async () => {
    expect(await start().ask('take')).toBe('held');
    const [file = ''] = readdirSync(folder);
    expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
  });
});
