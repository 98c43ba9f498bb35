import { Agent, fetch as fetchThrough } from 'undici';
import { outcomeOf } from './outcome.ts';

/** Sends one request; rejects unless the answer is good. */
export type Send = (signal: AbortSignal) => Promise<void>;

/** The requests of a group: one at a time, or as a `fetch` that resolves to bad answers, too. */
export interface Client {
  readonly send: Send;
  readonly fetch: typeof fetch;
}

/** An answer that says that the service cannot do its work now. */
export class StatusError extends Error {
  static {
    this.prototype.name = 'StatusError';
  }

  readonly status: number;

  constructor(status: number) {
    super(`The service answered with ${String(status)}`);
    this.status = status;
  }
}

/**
 * Creates a client for a service. `note` receives the result of each request: its status, or how it
 * failed. A status of 500 or more is a failure, and so is 429; any other means that the service works.
 */
export function createClient(url: URL, note: (answer: string) => void): Client {
  // The callers set their own timeouts.
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const { origin } = url;
  const path = url.pathname + url.search;

  async function noted<T>(request: Promise<T>, statusOf: (answer: T) => number): Promise<T> {
    try {
      const answer = await request;
      note(String(statusOf(answer)));
      return answer;
    } catch (error) {
      note(outcomeOf(error));
      throw error;
    }
  }

  async function get(signal: AbortSignal): Promise<number> {
    const response = await agent.request({ origin, path, method: 'GET', signal });
    await response.body.dump({ limit: Infinity, signal });
    return response.statusCode;
  }

  return {
    async send(signal) {
      checkStatus(await noted(get(signal), (status) => status));
    },
    // The types of undici's `fetch` and the global one differ, but nothing that is used here.
    fetch: ((input: string, init: object) =>
      noted(
        fetchThrough(input, { ...init, dispatcher: agent }),
        ({ status }) => status,
      )) as unknown as typeof fetch,
  };
}

/** Throws if the status says that the service cannot do its work now. */
export function checkStatus(status: number): void {
  if (status >= 500 || status === 429) throw new StatusError(status);
}
