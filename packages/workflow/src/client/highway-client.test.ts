import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HighwayClient } from './highway-client.ts';
import type { HighwayClientOptions } from './highway-client.ts';

describe('HighwayClient', () => {
  it('does not create a missing database', async () => {
    const dataDir = join(tmpdir(), 'highway-nowhere', 'at-all');
    const opened = HighwayClient.open({ name: 'shop', dataDir });
    await expect(opened).rejects.toMatchObject({ code: 'ERR_NOT_STARTED' });
    await expect(opened).rejects.toThrow(dataDir);
    expect(existsSync(dataDir)).toBe(false);
  });

  it.each([
    [{ name: 'shop', trialCalls: 2 }, 'HighwayClient: unknown option "trialCalls"'],
    [{ name: '' }, 'name: "" is invalid'],
  ])('rejects the options %o', async (options, message) => {
    await expect(HighwayClient.open(options as HighwayClientOptions)).rejects.toThrow(message);
  });
});
