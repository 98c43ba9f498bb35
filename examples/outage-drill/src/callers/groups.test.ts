import { seededRandom } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { StatusError } from './client.ts';
import type { Client, Send } from './client.ts';
import { fleetGroup, groupNamed, groups } from './groups.ts';
import type { Caller } from './groups.ts';
import { outcomeOf } from './outcome.ts';
import { scriptedProfile } from './profile.ts';

// Nothing waits, so that the tests don't either.
const profile = { ...scriptedProfile(20), naiveDelay: 0, minBackoff: 0, maxBackoff: 0 };

function make(name: string, send: Send): Caller {
  const client = { send, fetch: fetchOf(send) };
  const url = 'http://service.example/';
  return groupNamed(name).make({ url, client, profile, random: seededRandom(1) });
}

/** A fetch that gets the same answers. */
function fetchOf(send: Send): Client['fetch'] {
  return async (_, init) => {
    try {
      await send(init!.signal!);
      return new Response();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      return new Response(undefined, { status: error.status });
    }
  };
}

async function outcomes(caller: Caller, calls: number): Promise<string[]> {
  const seen: string[] = [];
  for (let i = 0; i < calls; i++) {
    seen.push(await caller.call().then(() => 'ok', outcomeOf));
  }
  return seen;
}

/** A service that is down, and how many requests it got. */
function deadService(): { send: Send; sent: () => number } {
  let count = 0;
  const send: Send = async () => {
    count++;
    throw new StatusError(500);
  };
  return { send, sent: () => count };
}

describe.each([...groups, fleetGroup])('the group "$title"', ({ name, hasCircuit }) => {
  it('says truly whether it has a circuit', () => {
    expect(make(name, async () => {}).circuit !== undefined).toBe(hasCircuit);
  });

  it('succeeds with a service that works, with one request for each call', async () => {
    let sent = 0;
    const caller = make(name, async () => {
      sent++;
    });
    expect(await outcomes(caller, 5)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(sent).toBe(5);
  });

  it('gets over a single failure', async () => {
    let sent = 0;
    const caller = make(name, async () => {
      if (sent++ === 0) throw new StatusError(503);
    });
    expect(await outcomes(caller, 1)).toEqual(['ok']);
  });
});

describe('callers of a dead service', () => {
  it('send four requests for each call where retries are bare', async () => {
    const { send, sent } = deadService();
    const seen = await outcomes(make('bare', send), 20);
    expect(new Set(seen)).toEqual(new Set(['status']));
    expect(sent()).toBe(80);
  });

  it.each(['breaker', 'fetch', 'failsafe'])(
    'stop sending behind the circuit of "%s"',
    async (name) => {
      const { send, sent } = deadService();
      const caller = make(name, send);
      const seen = await outcomes(caller, 20);
      expect(caller.circuit!.state).toBe('OPEN');
      expect(seen.at(-1)).toBe('rejected');
      expect(sent()).toBe(10);
    },
  );
});

describe('the name of a group', () => {
  it('must be known', () => {
    expect(() => groupNamed('nobody')).toThrow('nobody');
  });
});
