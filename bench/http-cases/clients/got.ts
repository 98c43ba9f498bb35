import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import got, { HTTPError } from 'got';
import { notOffered, notOfferedByPeers } from '../client.ts';
import type { Library } from '../client.ts';

export const gotLibrary: Library = {
  name: 'got 16.1',
  open(setup) {
    notOfferedByPeers(setup);
    const {
      maxRetries = 3,
      attemptTimeoutMs,
      totalTimeoutMs,
      bodyTimeoutMs,
      connections = Infinity,
    } = setup;
    if (bodyTimeoutMs !== undefined && attemptTimeoutMs !== undefined) {
      notOffered('a limit of the time between two chunks of a body beside one of the headers');
    }
    if (totalTimeoutMs !== undefined) notOffered('a limit of the time of all attempts together');
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const client = got.extend({
      agent: { http: agent },
      timeout: {
        ...(attemptTimeoutMs !== undefined && { response: attemptTimeoutMs }),
        ...(bodyTimeoutMs !== undefined && { socket: bodyTimeoutMs }),
      },
      retry: { limit: maxRetries, backoffLimit: 50 },
    });
    return {
      async ask(url, ask = {}) {
        notOfferedByPeers(setup, ask);
        const { method = 'GET', body, headers, signal } = ask;
        const options = {
          method: method as 'GET',
          ...(body !== undefined && {
            body: typeof body === 'function' ? Readable.fromWeb(body() as never) : body,
          }),
          ...(headers !== undefined && { headers }),
          ...(signal !== undefined && { signal }),
        };
        try {
          const response = await client(url, options);
          return { status: response.statusCode, text: () => Promise.resolve(response.body) };
        } catch (error) {
          if (!(error instanceof HTTPError)) throw error;
          const { statusCode, body: text } = error.response as {
            statusCode: number;
            body: unknown;
          };
          return { status: statusCode, text: () => Promise.resolve(String(text)) };
        }
      },
      close: () => {
        agent.destroy();
        return Promise.resolve();
      },
    };
  },
};
