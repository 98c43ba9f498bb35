import type { Policy } from '@highway/resilience';
import axios from 'axios';
import type {
  AxiosAdapter,
  AxiosInstance,
  AxiosResponse,
  AxiosStatic,
  InternalAxiosRequestConfig,
} from 'axios';
import { Engine, readEngineOptions, warnOfStream } from '../engine/index.ts';
import type {
  CircuitInfo,
  ClientStats,
  RequestOptions,
  ResilienceOptions,
} from '../engine/index.ts';
import { HttpStatusError } from '../errors.ts';
import { AxiosExchange, errorOf } from './exchange.ts';
import { callerOf } from './caller.ts';
import { prepareRequest } from './request.ts';

declare module 'axios' {
  // The parameters must be those of the original.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type
  interface AxiosRequestConfig<D = any, P = any> extends RequestOptions {}
}

/** Takes the policies out again, and tells what they do. */
export interface AxiosResilience {
  /** Takes the policies out. Calls that have started keep them. */
  (): void;
  /** What the instance has done so far. */
  stats(): ClientStats;
  /** The circuits that are kept, and the origins that asked for a pause. */
  circuits(): CircuitInfo[];
  /** The policies, with the circuits that are kept now, for consoles and telemetry. */
  readonly policies: readonly Policy[];
}

const inUse = new WeakSet();

/**
 * Gives an instance of axios the policies of `createFetch`: retries of what can be repeated safely, a circuit for each
 * origin, timeouts, pauses that servers ask for. They are around the adapter, so that data is transformed once, and
 * interceptors run once, however many attempts there are.
 *
 * A final status that `validateStatus` does not accept is an `AxiosError`, as without policies, and so are errors of the
 * network. Errors of policies are thrown as they are (`isRejection`, `isTimeout`); a call that its caller aborts ends
 * with a `CanceledError`. The timeouts include the body of the answer, unless `responseType` is `'stream'`.
 *
 * Returns a function that takes the policies out again. Throws a `TypeError` or `RangeError` that names the first option
 * that is invalid or unknown; throws an `Error` if the instance has policies already, because retries would multiply.
 *
 * @example
 * const payments = axios.create({ baseURL: 'https://payments.example' });
 * useResilience(payments, { name: 'payments', totalTimeout: '10s' });
 * const { data } = await payments.post('/charges', charge, { idempotencyKey: true });
 */
export function useResilience(
  instance: AxiosInstance,
  options: ResilienceOptions<AxiosResponse> = {},
): AxiosResilience {
  const rules = readEngineOptions('useResilience', options);
  if (inUse.has(instance)) {
    throw new Error(
      'useResilience: this instance has policies already; take them out first, by calling what useResilience returned',
    );
  }
  const engine = new Engine(rules);
  const run = async (
    adapter: AxiosAdapter,
    config: InternalAxiosRequestConfig,
  ): Promise<AxiosResponse> => {
    const request = prepareRequest(config, { instance, random: rules.random });
    if (!request.body.replayable && rules.retry !== undefined) warnOfStream();
    const caller = callerOf(config);
    const exchange = new AxiosExchange(request, { adapter, clock: rules.clock });
    let answer: AxiosResponse;
    try {
      answer = await engine.run(exchange, caller.signal);
    } catch (error) {
      request.body.drop();
      caller.release();
      throw error instanceof HttpStatusError && isResponse(error.response)
        ? errorOf(error.response)
        : error;
    }
    caller.releaseAfter(answer.data);
    if (exchange.isAccepted(answer)) return answer;
    throw errorOf(answer);
  };
  // Of the same copy of axios as the instance, if that can be had: its errors are instances of that copy's classes.
  const { getAdapter = axios.getAdapter } = instance as Partial<AxiosStatic>;
  const id = instance.interceptors.request.use(
    (config) => {
      const { adapter } = config;
      config.adapter = (given) => run(getAdapter(adapter, given), { ...given, adapter: adapter! });
      return config;
    },
    null,
    { synchronous: true },
  );
  inUse.add(instance);
  let isOut = false;
  const takeOut = (): void => {
    if (isOut) return;
    isOut = true;
    instance.interceptors.request.eject(id);
    inUse.delete(instance);
  };
  Object.defineProperty(takeOut, 'policies', { get: () => engine.policies, enumerable: true });
  return Object.assign(takeOut, {
    stats: () => engine.stats(),
    circuits: () => engine.circuits(),
  }) as AxiosResilience;
}

function isResponse(value: unknown): value is AxiosResponse {
  return typeof value === 'object' && value !== null && 'config' in value;
}
