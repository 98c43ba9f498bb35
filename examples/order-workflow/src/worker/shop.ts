import { Agent } from 'undici';
import type { Order } from '../orders.ts';
import { services } from '../services/effects.ts';
import type { Effect, ServiceName, ServiceUrls } from '../services/effects.ts';

/** A service could not do its work, or would not. */
export class ServiceError extends Error {
  static {
    this.prototype.name = 'ServiceError';
  }

  readonly status: number;

  constructor(service: ServiceName, status: number, body: string) {
    super(`${service} answered with ${status}: ${body}`);
    this.status = status;
  }
}

/** What a service gives for its work. */
export interface Receipt {
  readonly id: string;
}

/** What goes with a call. */
export interface CallInfo {
  readonly idempotencyKey: string;
  readonly signal?: AbortSignal;
}

/** Has a service do something for an order. */
export type Ask = (effect: Effect, order: Order, info: CallInfo) => Promise<Receipt>;

/** Makes the way to the services. */
export function shopAt(urls: ServiceUrls): Ask {
  const agent = new Agent();
  return async (effect, order, { idempotencyKey, signal }) => {
    const service = serviceOf(effect);
    const response = await agent.request({
      origin: urls[service],
      path: `/${effect}`,
      method: 'POST',
      headers: { 'idempotency-key': idempotencyKey },
      body: JSON.stringify(order),
      ...(signal !== undefined && { signal }),
    });
    const text = await response.body.text();
    if (response.statusCode !== 200) throw new ServiceError(service, response.statusCode, text);
    return { id: (JSON.parse(text) as Receipt).id };
  };
}

/** Whether another attempt may succeed: a rejected order stays rejected. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof ServiceError) || error.status >= 500;
}

function serviceOf(effect: Effect): ServiceName {
  const names = Object.keys(services) as ServiceName[];
  return names.find((name) => (services[name] as readonly Effect[]).includes(effect))!;
}
