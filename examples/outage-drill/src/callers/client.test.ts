import type { Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnswerKind } from '../service/service-life.ts';
import { portOf, startService } from '../service/service.ts';
import { createClient } from './client.ts';
import { outcomeOf } from './outcome.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** Sends one request to a service that answers in one way; gives what became of it. */
async function sendTo(kind: AnswerKind, signal?: AbortSignal): Promise<[string, string[]]> {
  server = await startService(() => ({ kind, delay: 0 }));
  const notes: string[] = [];
  const url = new URL(`http://127.0.0.1:${portOf(server)}/a?b=c`);
  const { send } = createClient(url, (answer) => notes.push(answer));
  const ended = send(signal ?? new AbortController().signal);
  return [await ended.then(() => 'ok', outcomeOf), notes];
}

describe('the client', () => {
  it('takes a good answer for a success', async () => {
    expect(await sendTo('ok')).toEqual(['ok', ['200']]);
  });

  it.each([
    ['error', '500'],
    ['overloaded', '503'],
  ] as const)('takes an answer of the kind "%s" for a failure', async (kind, status) => {
    expect(await sendTo(kind)).toEqual(['status', [status]]);
  });

  it('takes a connection that is reset for a failure', async () => {
    expect(await sendTo('reset')).toEqual(['connection', ['connection']]);
  });

  it('gives up a request that hangs when its time is over', async () => {
    expect(await sendTo('hang', AbortSignal.timeout(20))).toEqual(['timeout', ['timeout']]);
  });

  it('resolves to answers of every kind as a fetch, and notes them', async () => {
    server = await startService(() => ({ kind: 'overloaded', delay: 0 }));
    const notes: string[] = [];
    const url = `http://127.0.0.1:${portOf(server)}/`;
    const client = createClient(new URL(url), (answer) => notes.push(answer));
    const response = await client.fetch(url);
    expect([response.status, notes]).toEqual([503, ['503']]);
  });
});
