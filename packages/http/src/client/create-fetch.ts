import type { Policy } from '@highway/resilience';
import { callback } from '@highway/resilience/options';
import { Engine, readEngineOptions, warnOfStream } from '../engine/index.ts';
import type { CircuitInfo, ClientStats, ResilienceOptions } from '../engine/index.ts';
import { FetchExchange } from './fetch-exchange.ts';
import type { Fetch } from './fetch-exchange.ts';
import { prepareRequest } from './request.ts';
import type { HttpRequestInit } from './request.ts';

/** Options of `createFetch`. */
export interface CreateFetchOptions extends ResilienceOptions {
  /** What sends each attempt. Default: the global `fetch`, looked up at each attempt. */
  readonly fetch?: Fetch | undefined;
}

/** A `fetch` with policies. */
export interface HttpFetch {
  /**
   * As `fetch`, with policies: resolves to the last answer, whatever its status, with its body unread. Rejects with the
   * last error of `fetch`, with the error of a policy (`isRejection`, `isTimeout`), or with the reason of the signal.
   */
  (input: string | URL | Request, init?: HttpRequestInit): Promise<Response>;
  /** What this `fetch` has done so far. */
  stats(): ClientStats;
  /** The circuits that are kept, and the origins that asked for a pause. */
  circuits(): CircuitInfo[];
  /** The policies, with the circuits that are kept now, for consoles and telemetry. */
  readonly policies: readonly Policy[];
}

const globalFetch: Fetch = (input, init) => globalThis.fetch(input, init);

/**
 * Creates a `fetch` with policies: retries of what can be repeated safely, a circuit for each origin, timeouts that end
 * at the headers, pauses that servers ask for. Use it wherever a `fetch` is taken.
 *
 * Throws a `TypeError` or `RangeError` that names the first option that is invalid or unknown.
 *
 * @example
 * const pay = createFetch({ name: 'payments', totalTimeout: '10s' });
 * const response = await pay(url, { method: 'POST', body, idempotencyKey: true });
 */
export function createFetch(options: CreateFetchOptions = {}): HttpFetch {
  const rules = readEngineOptions('createFetch', options, ['fetch']);
  const { name, clock, random, bodyTimeout } = rules;
  const fetch = callback<Fetch>()('fetch', options.fetch) ?? globalFetch;
  const parts = { fetch, clock, name, bodyTimeout };
  const engine = new Engine(rules);
  const client = async (
    input: string | URL | Request,
    init?: HttpRequestInit,
  ): Promise<Response> => {
    const request = prepareRequest(input, init, random);
    if (!request.body.replayable && rules.retry !== undefined) warnOfStream();
    try {
      return await engine.run(new FetchExchange(request, parts), request.signal);
    } catch (error) {
      request.body.drop(error);
      throw error;
    }
  };
  Object.defineProperty(client, 'name', { value: name ?? 'fetch' });
  Object.defineProperty(client, 'policies', { get: () => engine.policies, enumerable: true });
  return Object.assign(client, {
    stats: () => engine.stats(),
    circuits: () => engine.circuits(),
  }) as HttpFetch;
}
