import { pass } from './passage.ts';
import type { NodeRequest, NodeResponse } from './passage.ts';
import type { Shedder } from './shedder.ts';

/** What load shedding uses of a request of Express. */
export interface ExpressRequest extends NodeRequest {
  /** The URL as it was sent, which `url` is not in a mounted router. */
  readonly originalUrl?: string | undefined;
}

/** A middleware of Express, or of anything else that is like Connect. */
export type ExpressMiddleware = (
  request: ExpressRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

/** Load shedding as a middleware of Express. */
export function expressMiddleware(shedder: Shedder): ExpressMiddleware {
  return (request, response, next) => {
    pass(shedder, {
      entering: {
        request,
        aliases: [],
        url: request.originalUrl ?? request.url ?? '/',
        header: (name) => request.headers[name],
      },
      response,
      accept: () => {
        next();
      },
    });
  };
}
