import { readHeader } from '../headers/read.ts';
import type { HeadersLike } from '../headers/read.ts';
import { idempotentMethods } from './table.ts';

/** A request as options and functions get it. A `Request` satisfies it. */
export interface RequestLike {
  readonly method: string;
  readonly url: string;
  readonly headers: HeadersLike;
}

const defaultMethods: ReadonlySet<string> = new Set(idempotentMethods);

/**
 * Whether a request has the same effect when it is sent more than once: its method is GET, HEAD, PUT, DELETE,
 * OPTIONS or QUERY, or it has an `Idempotency-Key`, by which the server recognizes it.
 *
 * @param methods - other methods that are idempotent, in place of those, in upper case
 */
export function isIdempotent(
  request: Pick<RequestLike, 'method' | 'headers'>,
  methods: ReadonlySet<string> = defaultMethods,
): boolean {
  return methods.has(request.method.toUpperCase()) || hasKey(request.headers);
}

function hasKey(headers: HeadersLike): boolean {
  const key = readHeader(headers, 'idempotency-key');
  return key !== undefined && key.trim() !== '';
}
