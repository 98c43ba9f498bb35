import { count, invalid, isRecord } from '@highway/resilience/options';
import type { Random } from '@highway/resilience';

/** What all clients take for a single request. */
export interface RequestOptions {
  /**
   * The `Idempotency-Key`, by which the server recognizes that it has got a request before; `true` makes one. All
   * attempts send the same key. Requests with a key are retried whatever their method.
   */
  idempotencyKey?: string | boolean | undefined;
  /** Reads a stream into memory before it is sent, up to `maxBytes`, so that it can be sent again. */
  replay?: { readonly maxBytes: number } | undefined;
}

/** The header that has the key. */
export const keyHeader = 'idempotency-key';

/** Reads how much of a stream may be kept; `undefined` if none. */
export function readReplay(replay: unknown): number | undefined {
  if (replay === undefined) return undefined;
  if (!isRecord(replay))
    return invalid('replay', replay, 'an object such as { maxBytes: 1_000_000 }');
  return count(0, undefined, true)('replay.maxBytes', replay['maxBytes']);
}

/** Reads the key to send, or makes one; `undefined` for none. */
export function readKey(key: unknown, random: Random): string | undefined {
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
