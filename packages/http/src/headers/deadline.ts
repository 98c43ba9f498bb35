import { readHeader } from './read.ts';
import type { HeadersLike } from './read.ts';

/** The header in which a client says how many milliseconds it will still wait for the answer. */
export const deadlineHeader = 'x-highway-timeout-ms';

/** What a client keeps for the way to the server and back. */
const onTheWay = 0.05;
/** The number in a header never gets longer than this: it is more than three years. */
const longestMs = 99_999_999_999;

/**
 * The value of `deadlineHeader` for a client that waits `leftMs` more: 5 % less than that, in whole ms. `undefined`
 * if there is no deadline (`Infinity`) or none that a header can say.
 */
export function formatDeadline(leftMs: number): string | undefined {
  if (!(leftMs < Infinity)) return undefined;
  const ms = Math.floor(Math.max(0, leftMs) * (1 - onTheWay));
  return String(Math.min(ms, longestMs));
}

/** Reads one of the headers: the ms that are left, or `undefined` if the value is none of its form. */
type ReadValue = (value: string) => number | undefined;

const digits: ReadValue = (value) => (/^\d{1,15}$/.test(value) ? Number(value) : undefined);

const grpcUnitMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Eight digits at most and a unit, by the protocol of gRPC. */
const grpc: ReadValue = (value) => {
  const [, amount, unit] = /^(\d{1,8})([HMSmun])$/.exec(value) ?? [];
  return unit === undefined ? undefined : Number(amount) * grpcUnitMs[unit]!;
};

const readers: readonly (readonly [header: string, read: ReadValue])[] = [
  [deadlineHeader, digits],
  ['grpc-timeout', grpc],
  ['x-envoy-expected-rq-timeout-ms', digits],
];

/**
 * How many ms the client of a request still waits for the answer, when the request arrives; `undefined` if it does
 * not say. Reads `x-highway-timeout-ms`, `grpc-timeout` and `x-envoy-expected-rq-timeout-ms`. The shortest one
 * counts, since who asked for it has gone by then. A value that can't be read counts as none.
 */
export function readDeadline(headers: HeadersLike): number | undefined {
  let shortest: number | undefined = undefined;
  for (const [header, read] of readers) {
    const sent = readHeader(headers, header);
    if (sent === undefined) continue;
    // A header that was sent several times arrives as one, with commas.
    for (const value of sent.split(',', 10)) {
      const ms = read(value.trim());
      if (ms !== undefined && ms < (shortest ?? Infinity)) shortest = ms;
    }
  }
  return shortest;
}
