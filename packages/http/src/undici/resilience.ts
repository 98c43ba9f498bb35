import type { Policy } from '@highway/resilience';
import type { Dispatcher } from 'undici';
import { Engine, readEngineOptions, warnOfStream } from '../engine/index.ts';
import type { CircuitInfo, ClientStats, ResilienceOptions } from '../engine/index.ts';
import { HttpStatusError } from '../errors.ts';
import { UndiciExchange } from './exchange.ts';
import { Incoming } from './incoming.ts';
import type { UndiciResponse } from './incoming.ts';
import { Outlet } from './outlet.ts';
import { prepareRequest } from './request.ts';

/** An interceptor with policies. */
export interface ResilienceInterceptor {
  (dispatch: Dispatcher.Dispatch): Dispatcher.Dispatch;
  /** What the dispatchers with this interceptor have done so far. */
  stats(): ClientStats;
  /** The circuits that are kept, and the origins that asked for a pause. */
  circuits(): CircuitInfo[];
  /** The policies, with the circuits that are kept now, for consoles and telemetry. */
  readonly policies: readonly Policy[];
}

/** In undici 7, the requests of a `Client` or `Pool` do not tell their origin. */
let unknownOrigins = 0;

/**
 * Creates an interceptor for `compose` of undici 7 and 8, with the policies of `createFetch`: retries of what can be
 * repeated safely, a circuit for each origin, timeouts that end at the headers, pauses that servers ask for. All
 * dispatchers that are composed with it share its policies.
 *
 * Errors of policies reach the caller as they are, and so does an abort. Upgrades and CONNECT pass untouched.
 *
 * Throws a `TypeError` or `RangeError` that names the first option that is invalid or unknown.
 *
 * @example
 * const agent = new Agent().compose(resilience({ name: 'payments', totalTimeout: '10s' }));
 * const { statusCode, body } = await agent.request({ origin, path: '/charges', method: 'GET' });
 */
export function resilience(options: ResilienceOptions<UndiciResponse> = {}): ResilienceInterceptor {
  const rules = readEngineOptions<Incoming>('resilience', options);
  const engine = new Engine<Incoming>(rules);
  const { random } = rules;
  const interceptor = (
    dispatch: Dispatcher.Dispatch,
    /** undici 8 says what the dispatcher is connected to. */
    composedOrigin?: string | null,
  ): Dispatcher.Dispatch => {
    const origin = composedOrigin ?? `undici://${String(++unknownOrigins)}`;
    return (given, handler) => {
      if (given.method === 'CONNECT' || Boolean(given.upgrade)) return dispatch(given, handler);
      const outlet = new Outlet(handler);
      outlet.start();
      void run(outlet, () => {
        const request = prepareRequest(given, { random, origin });
        return new UndiciExchange(request, { dispatch, outlet, rules });
      });
      // The queue of the call is not the dispatcher's: it is never full.
      return true;
    };
  };

  async function run(outlet: Outlet, prepare: () => UndiciExchange): Promise<void> {
    let exchange: UndiciExchange | undefined;
    let answer: Incoming;
    try {
      exchange = prepare();
      if (!exchange.replayable && rules.retry !== undefined) warnOfStream();
      answer = await engine.run(exchange, outlet.signal);
    } catch (error) {
      exchange?.request.body.drop();
      if (error instanceof HttpStatusError && error.response instanceof Incoming) {
        error.response.setAside();
      }
      outlet.fail(error);
      return;
    }
    if (outlet.aborted) {
      answer.setAside();
      outlet.fail(outlet.reason);
    } else answer.passOn();
  }

  Object.defineProperty(interceptor, 'policies', { get: () => engine.policies, enumerable: true });
  return Object.assign(interceptor, {
    stats: () => engine.stats(),
    circuits: () => engine.circuits(),
  }) as ResilienceInterceptor;
}
