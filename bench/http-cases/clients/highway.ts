import { createFetch } from '@highway/http';
import { Agent, fetch as undiciFetch } from 'undici';
import type { Library } from '../client.ts';

export const highway: Library = {
  name: '@highway/http',
  open({ maxRetries = 3, connections, protect = false, ...limits }) {
    const agent = connections === undefined ? undefined : new Agent({ connections });
    const client = createFetch({
      ...(agent !== undefined && { fetch: fetchThrough(agent) }),
      retry: { maxRetries, ...(!protect && { budget: false }) },
      ...(!protect && { breaker: false as const }),
      totalTimeout: limits.totalTimeoutMs ?? false,
      attemptTimeout: limits.attemptTimeoutMs ?? false,
      bodyTimeout: limits.bodyTimeoutMs ?? false,
    });
    return {
      async ask(url, { method = 'GET', body, headers, signal } = {}) {
        const response = await client(url, {
          method,
          ...(body !== undefined && { body: typeof body === 'function' ? body() : body }),
          ...(headers !== undefined && { headers }),
          ...(signal !== undefined && { signal }),
        });
        return { status: response.status, text: () => response.text() };
      },
      close: () => agent?.close() ?? Promise.resolve(),
    };
  },
};

function fetchThrough(dispatcher: Agent): typeof fetch {
  return ((url: string, init: object) => undiciFetch(url, { ...init, dispatcher })) as never;
}
