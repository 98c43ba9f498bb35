import type { Random } from '@highway/resilience';
import type { Dispatcher } from 'undici';
import { keyHeader, readKey, readReplay } from '../engine/index.ts';
import type { RequestOptions } from '../engine/index.ts';
import { deadlineHeader, formatDeadline } from '../headers/deadline.ts';
import { readHeader } from '../headers/read.ts';
import type { RequestLike } from '../outcomes/idempotent.ts';
import { bodySource } from './body.ts';
import type { BodySource } from './body.ts';

/** What undici passes on of the options of a request: all of them. */
export type DispatchOptions = Dispatcher.DispatchOptions & RequestOptions;

type HeaderValue = string | string[] | undefined;
type HeaderRecord = Readonly<Record<string, HeaderValue>>;

/** What undici takes as headers: names and values in turn, pairs, or a record. */
type Headers = readonly unknown[] | Iterable<readonly [string, HeaderValue]> | HeaderRecord;

/** A request: what all its attempts have in common. */
export interface PreparedRequest extends RequestLike {
  /** What undici gets, without the body and the headers. */
  readonly options: Dispatcher.DispatchOptions;
  readonly body: BodySource;
  readonly headers: HeaderRecord;
}

/** Checks a request. What undici checks, it checks itself. */
export function prepareRequest(
  given: DispatchOptions,
  { random, origin }: { readonly random: Random; readonly origin: string },
): PreparedRequest {
  const { idempotencyKey, replay, body, headers, ...options } = given;
  const record = headerRecord((headers ?? undefined) as Headers | undefined);
  const key = readKey(idempotencyKey, random);
  const isSet = readHeader(record, keyHeader) !== undefined;
  const hasKey = key === undefined || (idempotencyKey === true && isSet);
  return {
    options,
    method: String(options.method).toUpperCase(),
    url: urlOf(options, origin),
    headers: hasKey ? record : { ...without(record, keyHeader), [keyHeader]: key },
    body: bodySource(body, readReplay(replay)),
  };
}

/** The headers of one attempt. */
export function headersOf(
  { headers }: PreparedRequest,
  timeoutLeftMs: number | undefined,
): HeaderRecord {
  const deadline = timeoutLeftMs === undefined ? undefined : formatDeadline(timeoutLeftMs);
  if (deadline === undefined || readHeader(headers, deadlineHeader) !== undefined) return headers;
  return { ...headers, [deadlineHeader]: deadline };
}

function urlOf({ origin, path }: Dispatcher.DispatchOptions, otherwise: string): string {
  // Proxies get whole URLs.
  if (/^https?:\/\//.test(path)) return path;
  return `${String(origin ?? otherwise).replace(/\/$/, '')}${path}`;
}

function headerRecord(headers: Headers | undefined): HeaderRecord {
  if (headers === undefined) return {};
  const record = Object.create(null) as Record<string, HeaderValue>;
  if (Array.isArray(headers) && !Array.isArray(headers[0])) {
    for (let at = 0; at < headers.length; at += 2) {
      add(record, String(headers[at]), headers[at + 1] as HeaderValue);
    }
    return record;
  }
  if (!(Symbol.iterator in headers)) return headers;
  // It may be readable only once.
  for (const [name, value] of headers as Iterable<readonly [string, HeaderValue]>) {
    add(record, name, value);
  }
  return record;
}

function add(record: Record<string, HeaderValue>, name: string, value: HeaderValue): void {
  const known = record[name];
  record[name] = known === undefined ? value : [known, value ?? []].flat();
}

function without(record: HeaderRecord, name: string): HeaderRecord {
  return Object.fromEntries(Object.entries(record).filter(([each]) => each.toLowerCase() !== name));
}
