import type { Verdict } from './arrival.ts';
import type { Answer, Entering, Shedder } from './shedder.ts';
import type { Visit } from './visit.ts';

/** What load shedding uses of a context of Hono. */
export interface HonoContext {
  readonly req: {
    readonly raw: Request;
    readonly path: string;
    header(name: string): string | undefined;
  };
  readonly env: unknown;
  res: Response;
}

/** A middleware of Hono. */
export type HonoMiddleware = (
  context: HonoContext,
  next: () => Promise<void>,
) => Promise<Response | undefined>;

/** The response of Node under `@hono/node-server`. */
interface Outgoing {
  readonly statusCode: number;
  readonly destroyed: boolean;
  readonly writableFinished: boolean;
  once(event: 'close', listener: () => void): unknown;
}

/** Load shedding as a middleware of Hono. */
export function honoMiddleware(shedder: Shedder): HonoMiddleware {
  return async (context, next) => {
    const entering = enteringOf(context);
    const visit = shedder.enter(entering);
    if (visit === undefined) {
      await next();
      return undefined;
    }
    const outgoing = outgoingOf(context.env);
    if (outgoing === undefined) return passWeb(shedder, visit, context, next);
    const leave = (): void => {
      shedder.leave(visit, outgoing.writableFinished, outgoing.statusCode);
    };
    if (outgoing.destroyed) leave();
    else outgoing.once('close', leave);
    const refused = refusal(shedder, await shedder.decide(visit), visit);
    if (refused === undefined) await next();
    return refused;
  };
}

function enteringOf({ req }: HonoContext): Entering {
  return { request: req, aliases: [], url: req.path, header: (name) => req.header(name) };
}

function outgoingOf(env: unknown): Outgoing | undefined {
  const { outgoing } = Object(env) as { outgoing?: Partial<Outgoing> };
  return typeof outgoing?.once === 'function' ? (outgoing as Outgoing) : undefined;
}

/** The response to a request that is not accepted. */
function refusal(shedder: Shedder, verdict: Verdict, visit: Visit): Response | undefined {
  // Nobody reads it.
  if (verdict === 'gone' || visit.gone) return new Response(null, { status: 499 });
  return verdict === 'accepted' ? undefined : responseOf(shedder.answer(verdict));
}

function responseOf({ status, headers }: Answer): Response {
  return new Response(null, { status, headers });
}

/**
 * Without Node, nothing tells when a response is over but its own body: `next` ends before a stream does. If the
 * client goes before that, the signal of the request says so.
 */
async function passWeb(
  shedder: Shedder,
  visit: Visit,
  context: HonoContext,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  const { signal } = context.req.raw;
  const gone = (): void => {
    leave(false);
  };
  const leave = (finished: boolean): void => {
    signal.removeEventListener('abort', gone);
    shedder.leave(visit, finished, context.res.status);
  };
  if (signal.aborted) shedder.leave(visit, false, 0);
  else signal.addEventListener('abort', gone);
  const refused = refusal(shedder, await shedder.decide(visit), visit);
  if (refused !== undefined) {
    signal.removeEventListener('abort', gone);
    shedder.leave(visit, true, refused.status);
    return refused;
  }
  try {
    await next();
  } catch (error) {
    signal.removeEventListener('abort', gone);
    shedder.leave(visit, true, 500);
    throw error;
  }
  const { body } = context.res;
  if (body === null) leave(true);
  else context.res = new Response(watched(body, leave), context.res);
  return undefined;
}

/** The same body, which tells when it has been read to its end, and when that will not happen any more. */
function watched(
  body: ReadableStream<Uint8Array>,
  over: (finished: boolean) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) {
            controller.enqueue(value);
            return;
          }
        } catch (error) {
          over(false);
          throw error;
        }
        over(true);
        controller.close();
      },
      cancel(reason) {
        over(false);
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
