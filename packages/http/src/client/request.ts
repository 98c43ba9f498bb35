import { count, invalid, isRecord } from '@highway/resilience/options';
import type { Random } from '@highway/resilience';
import type { RequestLike } from '../outcomes/idempotent.ts';
import { bodySource, requestBody } from './body.ts';
import type { BodySource, HttpBody } from './body.ts';

/** Options of one request: those of `fetch`, and a few more. */
export interface HttpRequestInit extends Omit<RequestInit, 'body'> {
  /** The body, or a function that makes one for each attempt. */
  body?: HttpBody | undefined;
  /**
   * The `Idempotency-Key`, by which the server recognizes that it has got a request before; `true` makes one. All
   * attempts send the same key. Requests with a key are retried whatever their method.
   */
  idempotencyKey?: string | boolean | undefined;
  /** Reads a stream into memory before it is sent, up to `maxBytes`, so that it can be sent again. */
  replay?: { readonly maxBytes: number } | undefined;
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

const keyHeader = 'idempotency-key';

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

function readReplay(replay: unknown): number | undefined {
  if (replay === undefined) return undefined;
  if (!isRecord(replay))
    return invalid('replay', replay, 'an object such as { maxBytes: 1_000_000 }');
  return count(0, undefined, true)('replay.maxBytes', replay['maxBytes']);
}

function readKey(key: unknown, random: Random): string | undefined {
  if (key === undefined || key === false) return undefined;
  if (key === true) return randomUuid(random);
  return typeof key === 'string' && key !== ''
    ? key
    : invalid('idempotencyKey', key, 'true or a non-empty string');
}

/** A version 4 UUID: of the host if it can make one, since two processes must never make the same. */
function randomUuid(random: Random): string {
  const { crypto } = globalThis as { crypto?: { randomUUID?: () => string } };
  if (typeof crypto?.randomUUID === 'function') return crypto.randomUUID();
  const digit = (low: number, high: number): string =>
    (low + Math.floor(random() * (high - low))).toString(16);
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (each) =>
    each === 'x' ? digit(0, 16) : digit(8, 12),
  );
}
