import { quietly } from './rejection.ts';

/** What warnings are about: stable, unlike their messages. `docs/warnings.md` lists them. */
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

/** What `onWarning` is told beside the message. */
export interface WarningDetails {
  readonly code: WarningCode;
}

/** Hears warnings. */
export type OnWarning = (message: string, details: WarningDetails) => void;

interface Host {
  readonly process?: {
    readonly emitWarning?: (message: string, options: { type: string; code: string }) => void;
  };
}

/** What the host was told; it is told each once, and no more than so many. */
const told = new Set<string>();
const mostTold = 1000;

/** Gives a warning to who asked for it, or once to the host where that takes any. */
export function warn(code: WarningCode, message: string, onWarning?: OnWarning): void {
  if (onWarning !== undefined) {
    quietly(onWarning, message, { code });
    return;
  }
  const key = `${code} ${message}`;
  if (told.has(key) || told.size >= mostTold) return;
  told.add(key);
  (globalThis as Host).process?.emitWarning?.(message, { type: 'HighwayWarning', code });
}
