import ky, { isHTTPError } from 'ky';
import { Agent, fetch as undiciFetch } from 'undici';
import { notOffered, notOfferedByPeers } from '../client.ts';
import type { Library } from '../client.ts';

export const kyLibrary: Library = {
  name: 'ky 2.1',
  open(setup) {
    notOfferedByPeers(setup);
    const { maxRetries = 3, attemptTimeoutMs, totalTimeoutMs, bodyTimeoutMs, connections } = setup;
    if (bodyTimeoutMs !== undefined) notOffered('a limit of the time between two chunks of a body');
    const agent = connections === undefined ? undefined : new Agent({ connections });
    const client = ky.create({
      ...(agent !== undefined && { fetch: fetchThrough(agent) }),
      timeout: attemptTimeoutMs ?? false,
      totalTimeout: totalTimeoutMs ?? false,
      retry: { limit: maxRetries, backoffLimit: 50 },
    });
    return {
      async ask(url, ask = {}) {
        notOfferedByPeers(setup, ask);
        const { method = 'GET', body, headers, signal } = ask;
        const options = {
          method,
          ...(body !== undefined && { body: typeof body === 'function' ? body() : body }),
          ...(typeof body === 'function' && { duplex: 'half' }),
          ...(headers !== undefined && { headers }),
          ...(signal !== undefined && { signal }),
        };
        try {
          const response = await client(url, options);
          return { status: response.status, text: () => response.text() };
        } catch (error) {
          if (!isHTTPError(error)) throw error;
          const { response, data } = error;
          // ky has read the body of an answer that it throws.
          return { status: response.status, text: () => Promise.resolve(String(data)) };
        }
      },
      close: () => agent?.close() ?? Promise.resolve(),
    };
  },
};

/** undici's fetch takes no `Request` of the host, only its parts. */
function fetchThrough(dispatcher: Agent): typeof fetch {
  return ((request: Request) =>
    undiciFetch(request.url, {
      method: request.method,
      headers: [...request.headers],
      signal: request.signal,
      dispatcher,
    })) as never;
}
