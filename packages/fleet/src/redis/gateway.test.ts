import { describe, expect, it } from 'vitest';
import { ManualClock, settle } from '@highway/resilience/testing';
import { NotConnectedError } from './connection.ts';
import type { RedisConnection } from './connection.ts';
import { Gateway } from './gateway.ts';

const script = { sha1: 'sha1', text: 'text' };

/** A client whose answers the test gives. */
function make({ ready = true } = {}) {
  const clock = new ManualClock();
  const asked: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = [];
  const sent: string[] = [];
  let connected = (): void => undefined;
  const send = (text: string) => {
    sent.push(text);
    return new Promise((resolve, reject) => asked.push({ resolve, reject }));
  };
  const client = {
    isReady: ready,
    reconnects: 0,
    firstReady: () =>
      new Promise<void>((resolve) => {
        connected = resolve;
      }),
    evalSha: send,
    eval: send,
    isCluster: false,
    mayAskReplicas: false,
    getAll: () => send('getAll'),
    put: () => send('put'),
    remove: () => send('remove'),
    exists: () => send('exists'),
    score: () => send('score'),
    reconnect: () => {
      client.reconnects++;
    },
    subscribe: () => Promise.reject(new Error('nobody listens')),
  } satisfies RedisConnection & { reconnects: number };
  const renewed: unknown[] = [];
  const gateway = new Gateway(client, clock, (error) => renewed.push(error));
  const ask = (signal?: AbortSignal) => gateway.use(signal, (run) => run(script, [], []));
  const connect = async () => {
    client.isReady = true;
    connected();
    await settle();
  };
  return { clock, asked, sent, client, renewed, ask, connect };
}

describe('the gateway to a Redis client', () => {
  it('passes nothing on before the client has connected, then only what somebody still waits for', async () => {
    const { ask, asked, sent, connect } = make({ ready: false });
    const left = new AbortController();
    const given = ask(left.signal);
    const other = ask(new AbortController().signal);
    await settle();
    left.abort(new Error('left'));
    await expect(given).rejects.toThrow('left');
    expect(sent).toEqual([]);
    await connect();
    expect(sent).toEqual(['sha1']);
    asked[0]!.resolve('answer');
    expect(await other).toBe('answer');
  });

  it('passes nothing on while the connection is lost', async () => {
    const { ask, asked, sent, client } = make();
    const first = ask();
    asked[0]!.resolve('answer');
    await first;
    client.isReady = false;
    await expect(ask()).rejects.toThrow(NotConnectedError);
    expect(sent).toHaveLength(1);
  });

  it('passes nothing on while the client holds a request that nobody waits for', async () => {
    const { ask, asked, sent } = make();
    const waits = new AbortController();
    const given = ask(waits.signal);
    await settle();
    waits.abort(new Error('too late'));
    for (let i = 0; i < 100; i++) await expect(ask()).rejects.toThrow('An earlier exchange');
    expect(sent).toHaveLength(1);
    asked[0]!.resolve('late');
    expect(await given).toBe('late');
    const next = ask();
    await settle();
    asked[1]!.reject(new Error('down'));
    await expect(next).rejects.toThrow('down');
    expect(sent).toHaveLength(2);
  });

  it('does not send the source of a script after the caller has given up', async () => {
    const { ask, asked, sent } = make();
    const waits = new AbortController();
    const given = ask(waits.signal);
    await settle();
    waits.abort(new Error('left'));
    asked[0]!.reject(new Error('NOSCRIPT No matching script'));
    await expect(given).rejects.toThrow('left');
    expect(sent).toEqual(['sha1']);
  });

  it.each([
    "READONLY You can't write against a read only replica.",
    "ERR Error running script (call to f_1): @user_script:7: @user_script: 7: -READONLY You can't write",
    'MASTERDOWN Link with MASTER is down',
    'UNBLOCKED force unblock from blocking operation',
    'NOAUTH Authentication required.',
  ])('reconnects when the server answers %s', async (message) => {
    const { clock, ask, asked, client, renewed } = make();
    for (let i = 0; i < 20; i++) {
      const given = ask();
      await settle();
      asked.at(-1)!.reject(new Error(message));
      await expect(given).rejects.toThrow(message);
      await clock.advance(500);
    }
    // At once, and then after 1, 2 and 4 seconds more: others use the client, too.
    expect([client.reconnects, renewed.length]).toEqual([4, 4]);
  });

  it.each([
    'LOADING Redis is loading the dataset in memory',
    'BUSY Redis is busy running a script.',
    'OOM command not allowed when used memory > maxmemory.',
    'MISCONF Redis is configured to save RDB snapshots',
    'CLUSTERDOWN The cluster is down',
    'NOPERM this user has no permissions',
    'ERR of a circuit that is called READONLY',
  ])('keeps the connection when the server answers %s', async (message) => {
    const { ask, asked, client, renewed } = make();
    const given = ask();
    await settle();
    asked[0]!.reject(new Error(message));
    await expect(given).rejects.toThrow(message);
    expect([client.reconnects, renewed]).toEqual([0, []]);
  });
});
