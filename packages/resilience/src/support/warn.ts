import { quietly } from './quietly.ts';

/** The codes of warnings. Stable, unlike the messages. `docs/warnings.md` explains them. */
export type WarningCode =
  | 'HIGHWAY_RETRY_INSIDE_BREAKER'
  | 'HIGHWAY_RETRY_INSIDE_RETRY'
  | 'HIGHWAY_FALLBACK_INSIDE_BREAKER'
  | 'HIGHWAY_TIMEOUT_SHORTER_THAN_RETRY'
  | 'HIGHWAY_BULKHEAD_OUTSIDE_HEDGE'
  | 'HIGHWAY_CACHE_WITHOUT_KEY'
  | 'HIGHWAY_DUPLICATE_NAME'
  | 'HIGHWAY_SHORT_DURATION'
  | 'HIGHWAY_REGISTRY_FULL';

/** The second argument of `onWarning`. */
export interface WarningDetails {
  readonly code: WarningCode;
}

/** Receives warnings. */
export type OnWarning = (message: string, details: WarningDetails) => void;

interface Host {
  readonly process?: {
    readonly emitWarning?: (message: string, options: { type: string; code: string }) => void;
  };
}

/** The warnings that were passed to the host: each only once, and a limited number in total. */
const emitted = new Set<string>();
const maxEmitted = 1000;

/** Passes a warning to `onWarning`, or else to the host, once for each message. */
export function warn(code: WarningCode, message: string, onWarning?: OnWarning): void {
  if (onWarning !== undefined) {
    quietly(onWarning, message, { code });
    return;
  }
  const key = `${code} ${message}`;
  if (emitted.has(key) || emitted.size >= maxEmitted) return;
  emitted.add(key);
  (globalThis as Host).process?.emitWarning?.(message, { type: 'HighwayWarning', code });
}
