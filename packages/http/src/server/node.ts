import type { IncomingMessage, ServerResponse } from 'node:http';
import { pass } from './passage.ts';
import type { Shedder } from './shedder.ts';

/** A handler of `http.createServer`. */
export type NodeHandler<
  Request extends IncomingMessage = IncomingMessage,
  Response extends ServerResponse = ServerResponse,
> = (request: Request, response: Response) => unknown;

/** Puts load shedding in front of a handler of `http.createServer`. */
export function nodeHandler<Request extends IncomingMessage, Response extends ServerResponse>(
  shedder: Shedder,
  handler: NodeHandler<Request, Response>,
): (request: Request, response: Response) => void {
  return (request, response) => {
    pass(shedder, {
      entering: {
        request,
        aliases: [],
        url: request.url ?? '/',
        header: (name) => request.headers[name],
      },
      response,
      // What it returns is its own: a promise that rejects is reported as it would be without load shedding.
      accept: () => void handler(request, response),
    });
  };
}
