import { pass } from './passage.ts';
import type { NodeRequest, NodeResponse } from './passage.ts';
import type { Shedder } from './shedder.ts';

interface FastifyRequest {
  readonly raw: NodeRequest;
  /** The URL as it was sent, which that of `raw` is not if it was rewritten. */
  readonly originalUrl?: string | undefined;
}

interface FastifyReply {
  readonly raw: NodeResponse;
  code(status: number): FastifyReply;
  headers(values: Record<string, string>): FastifyReply;
  send(): unknown;
}

type OnRequest = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

/** What load shedding uses of an instance of Fastify. Its types are more than this can name without it. */
export interface FastifyInstanceLike {
  addHook(name: 'onRequest', hook: never): unknown;
}

/** A plugin of Fastify. */
export type FastifyPlugin = (
  instance: FastifyInstanceLike,
  options: unknown,
  done: (error?: Error) => void,
) => void;

/** Load shedding as a plugin of Fastify, for all routes of the instance that registers it. */
export function fastifyPlugin(shedder: Shedder): FastifyPlugin {
  const onRequest: OnRequest = (request, reply, done) => {
    pass(shedder, {
      entering: {
        request,
        aliases: [request.raw],
        url: request.originalUrl ?? request.raw.url ?? '/',
        header: (name) => request.raw.headers[name],
      },
      response: reply.raw,
      accept: done,
      // Through Fastify, so that its hooks and its log know of the answer.
      refuse: ({ status, headers }) => {
        reply.code(status).headers(headers).send();
      },
    });
  };
  const plugin: FastifyPlugin = (instance, _options, done) => {
    instance.addHook('onRequest', onRequest as never);
    done();
  };
  // What `fastify-plugin` does: the hook belongs to the instance that registers the plugin, not to a child of it.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: '@highway/http',
  });
}
