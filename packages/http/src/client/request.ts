import type { Random } from '@highway/resilience';
import { keyHeader, readKey, readReplay } from '../engine/index.ts';
import type { RequestOptions } from '../engine/index.ts';
import type { RequestLike } from '../outcomes/idempotent.ts';
import { bodySource, requestBody } from './body.ts';
import type { BodySource, HttpBody } from './body.ts';

/** Options of one request: those of `fetch`, and a few more. */
export interface HttpRequestInit extends Omit<RequestInit, 'body'>, RequestOptions {
  /** The body, or a function that makes one for each attempt. */
  body?: HttpBody | undefined;
}

/** A request that was checked: what all its attempts have in common. */
export interface PreparedRequest extends RequestLike {
  /** What `fetch` gets first. */
  readonly input: string | URL | Request;
  /** What `fetch` gets second, without the body, the headers and the signal. */
  readonly init: RequestInit;
  /** The headers to send; `undefined` for those of `input`. */
  readonly sent: Headers | undefined;
  readonly body: BodySource;
  /** Whether the body comes from `input`, and need not be passed to `fetch` as long as it is not buffered. */
  readonly hasOwnBody: boolean;
  /** What the caller aborts with. */
  readonly signal: AbortSignal | null | undefined;
}

/** Checks a request. Throws what is the caller's own mistake, before any policy counts it. */
export function prepareRequest(
  input: string | URL | Request,
  given: HttpRequestInit | undefined,
  random: Random,
): PreparedRequest {
  const { idempotencyKey, replay, body, headers, signal, ...init } = given ?? {};
  const request = isRequest(input) ? input : undefined;
  const maxBytes = readReplay(replay);
  const key = readKey(idempotencyKey, random);
  const own = headers ?? request?.headers;
  const isChanged = headers !== undefined || key !== undefined;
  const sent = isChanged ? new Headers(own) : undefined;
  if (key !== undefined && (typeof idempotencyKey === 'string' || sent?.has(keyHeader) !== true)) {
    sent?.set(keyHeader, key);
  }
  const takesOwnBody = request !== undefined && (body ?? undefined) === undefined;
  return {
    input,
    init,
    method: (init.method ?? request?.method ?? 'GET').toUpperCase(),
    url: request?.url ?? absolute(input as string | URL),
    headers: sent ?? request?.headers ?? {},
    sent,
    body: takesOwnBody ? requestBody(request, maxBytes) : bodySource(body, maxBytes),
    hasOwnBody: takesOwnBody,
    signal: signal === undefined ? request?.signal : signal,
  };
}

function isRequest(input: string | URL | Request): input is Request {
  return typeof input === 'object' && 'url' in input && 'headers' in input;
}

/** Where documents have an address, URLs may be relative to it. */
function absolute(given: string | URL): string {
  const url = String(given);
  if (/^https?:\/\//.test(url)) return url;
  const { location } = globalThis as { location?: { readonly href: string } };
  return new URL(url, location?.href).href;
}
