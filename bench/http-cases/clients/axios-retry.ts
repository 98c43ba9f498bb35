import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import axios, { isAxiosError } from 'axios';
import axiosRetry from 'axios-retry';
import { notOffered, notOfferedByPeers } from '../client.ts';
import type { Library } from '../client.ts';

export const axiosRetryLibrary: Library = {
  name: 'axios-retry 4.5',
  open(setup) {
    notOfferedByPeers(setup);
    const {
      maxRetries = 3,
      attemptTimeoutMs,
      totalTimeoutMs,
      bodyTimeoutMs,
      connections = Infinity,
    } = setup;
    if (bodyTimeoutMs !== undefined) notOffered('a limit of the time between two chunks of a body');
    if (attemptTimeoutMs !== undefined && totalTimeoutMs !== undefined) {
      notOffered('a limit for each attempt beside one for all of them');
    }
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const timeout = attemptTimeoutMs ?? totalTimeoutMs ?? 0;
    const client = axios.create({ httpAgent: agent, timeout, responseType: 'text' });
    axiosRetry(client, {
      retries: maxRetries,
      shouldResetTimeout: attemptTimeoutMs !== undefined,
      retryDelay: (count, error) => axiosRetry.exponentialDelay(Math.min(count, 3), error, 10),
    });
    return {
      async ask(url, ask = {}) {
        notOfferedByPeers(setup, ask);
        const { method = 'GET', body, headers, signal } = ask;
        const request = {
          url,
          method,
          data: typeof body === 'function' ? Readable.fromWeb(body() as never) : body,
          ...(headers !== undefined && { headers: { ...headers } }),
          ...(signal !== undefined && { signal }),
        };
        try {
          const { status, data } = await client.request<string>(request);
          return { status, text: () => Promise.resolve(data) };
        } catch (error) {
          if (!isAxiosError<string>(error) || error.response === undefined) throw error;
          const { status, data } = error.response;
          return { status, text: () => Promise.resolve(data) };
        }
      },
      close: () => {
        agent.destroy();
        return Promise.resolve();
      },
    };
  },
};
