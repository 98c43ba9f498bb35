import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HighwayClient } from './highway-client.ts';
import type { HighwayClientOptions } from './highway-client.ts';

describe('a client', () => {
  it('makes no database by looking for one', async () => {
    const dataDir = join(tmpdir(), 'highway-nowhere', 'at-all');
    const opened = HighwayClient.open({ name: 'shop', dataDir });
    await expect(opened).rejects.toMatchObject({ code: 'ERR_NOT_STARTED' });
    await expect(opened).rejects.toThrow(dataDir);
    expect(existsSync(dataDir)).toBe(false);
  });

  it.each([
    [{ name: 'shop', canaries: 2 }, 'HighwayClient: unknown option "canaries"'],
    [{ name: '' }, 'name: "" is not allowed'],
  ])('refuses the options %o', async (options, message) => {
    await expect(HighwayClient.open(options as HighwayClientOptions)).rejects.toThrow(message);
  });
});
