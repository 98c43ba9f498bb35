import { Agent } from 'undici';
import { outcomeOf } from './outcome.ts';

/** Sends one request; rejects unless the answer is good. */
export type Send = (signal: AbortSignal) => Promise<void>;

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
export function createClient(url: URL, note: (answer: string) => void): Send {
  // The callers set their own timeouts.
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const { origin } = url;
  const path = url.pathname + url.search;

  return async (signal) => {
    let status: number;
    try {
      const response = await agent.request({ origin, path, method: 'GET', signal });
      await response.body.dump({ limit: Infinity, signal });
      status = response.statusCode;
    } catch (error) {
      note(outcomeOf(error));
      throw error;
    }
    note(String(status));
    if (status >= 500 || status === 429) throw new StatusError(status);
  };
}
