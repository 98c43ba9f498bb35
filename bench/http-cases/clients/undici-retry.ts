import { Readable } from 'node:stream';
import { Agent, FormData as UndiciForm, interceptors, request as send } from 'undici';
import { notOffered, notOfferedByPeers } from '../client.ts';
import type { Ask, Library } from '../client.ts';

export const undiciRetry: Library = {
  name: 'undici 7.30, retry',
  open(setup) {
    notOfferedByPeers(setup);
    const { maxRetries = 3, attemptTimeoutMs, totalTimeoutMs, bodyTimeoutMs, connections } = setup;
    if (totalTimeoutMs !== undefined) notOffered('a limit of the time of all attempts together');
    const agent = new Agent({
      ...(connections !== undefined && { connections }),
      ...(attemptTimeoutMs !== undefined && { headersTimeout: attemptTimeoutMs }),
      ...(bodyTimeoutMs !== undefined && { bodyTimeout: bodyTimeoutMs }),
    });
    const dispatcher = agent.compose(
      interceptors.retry({ maxRetries, minTimeout: 10, throwOnError: false }),
    );
    return {
      async ask(url, ask = {}) {
        notOfferedByPeers(setup, ask);
        const { method = 'GET', body, headers, signal } = ask;
        const response = await send(url, {
          dispatcher,
          method: method,
          ...(body !== undefined && { body: toUndici(body) }),
          headers: { ...headers },
          signal: signal ?? null,
        });
        return { status: response.statusCode, text: () => response.body.text() };
      },
      close: () => agent.close(),
    };
  },
};

/** undici takes its own forms and Node's streams. */
function toUndici(body: NonNullable<Ask['body']>): string | UndiciForm | Readable {
  if (typeof body === 'string') return body;
  if (typeof body === 'function') return Readable.fromWeb(body() as never);
  const form = new UndiciForm();
  for (const [name, value] of body) form.append(name, value);
  return form;
}
