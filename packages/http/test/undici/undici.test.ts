import * as undici7 from 'undici';
import type { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { streamsOfUndici } from './streams.ts';
import { undiciSuite } from './suite.ts';
import { resilience } from '@highway/http/undici';

type MakeAgent = (options?: { readonly connections?: number }) => Dispatcher;

const versions: (readonly [string, MakeAgent])[] = [['7', (options) => new undici7.Agent(options)]];

const [major, minor] = process.versions.node.split('.').map(Number) as [number, number];
if (major > 22 || (major === 22 && minor >= 19)) {
  const undici8 = await import('undici8');
  // The two have types of their own.
  versions.push(['8', (options) => new undici8.Agent(options) as unknown as Dispatcher]);
}

describe.each(versions)('resilience in undici %s', (_, makeAgent) => {
  undiciSuite(makeAgent);
  streamsOfUndici(makeAgent);
});

describe('options of resilience', () => {
  it('are checked by name', () => {
    expect(() => resilience({ concurrency: 0 })).toThrow('concurrency');
    expect(() => resilience({ other: 1 } as never)).toThrow('resilience: unknown option "other"');
  });
});
