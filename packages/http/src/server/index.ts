export { loadShedding } from './load-shedding.ts';
export type { LoadShedding } from './load-shedding.ts';
export type { ExpressMiddleware, ExpressRequest } from './express.ts';
export type { FastifyInstanceLike, FastifyPlugin } from './fastify.ts';
export type { HonoContext, HonoMiddleware } from './hono.ts';
export type { NodeHandler } from './node.ts';
export type {
  LoadSheddingOptions,
  ServerRequest,
  ServerWarningCode,
  ServerWarningDetails,
} from './options.ts';
export type { NodeRequest, NodeResponse } from './passage.ts';
export type { LoadSheddingStats } from './shedder.ts';
