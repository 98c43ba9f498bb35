import type { Random } from '@highway/resilience';
import type { AxiosInstance, AxiosRequestHeaders, InternalAxiosRequestConfig } from 'axios';
import { keyHeader, readKey, readReplay } from '../engine/index.ts';
import { deadlineHeader, formatDeadline } from '../headers/deadline.ts';
import type { RequestLike } from '../outcomes/idempotent.ts';
import { bodySource } from './body.ts';
import type { BodySource } from './body.ts';

/** A request: what all its attempts have in common. */
export interface PreparedRequest extends RequestLike {
  /** As interceptors left it. */
  readonly config: InternalAxiosRequestConfig;
  readonly headers: AxiosRequestHeaders;
  readonly body: BodySource;
}

/** Checks a request. What axios checks, it checks itself. */
export function prepareRequest(
  config: InternalAxiosRequestConfig,
  { instance, random }: { readonly instance: AxiosInstance; readonly random: Random },
): PreparedRequest {
  const { idempotencyKey, replay } = config;
  const key = readKey(idempotencyKey, random);
  const headers = config.headers.concat() as AxiosRequestHeaders;
  if (key !== undefined) headers.set(keyHeader, key, idempotencyKey !== true);
  return {
    config,
    method: (config.method ?? 'get').toUpperCase(),
    url: absolute(instance.getUri(config)),
    headers,
    body: bodySource(config.data, readReplay(replay)),
  };
}

/** What one attempt gets. Adapters change headers, so each has its own. */
export function attemptOf(
  { config, headers }: PreparedRequest,
  more: {
    readonly data: unknown;
    readonly signal: AbortSignal;
    readonly leftMs: number | undefined;
  },
): InternalAxiosRequestConfig {
  const { data, signal, leftMs } = more;
  const own = headers.concat() as AxiosRequestHeaders;
  if (leftMs !== undefined) {
    const { timeout = 0 } = config;
    const deadline = formatDeadline(timeout > 0 ? Math.min(timeout, leftMs) : leftMs);
    if (deadline !== undefined) own.set(deadlineHeader, deadline, false);
  }
  const attempt: InternalAxiosRequestConfig = { ...config, headers: own, data, signal };
  // The signal aborts with it.
  delete attempt.cancelToken;
  return attempt;
}

/** Where documents have an address, URLs may be relative to it. Custom adapters take relative ones anywhere. */
function absolute(url: string): string {
  if (/^https?:\/\//.test(url)) return url;
  const { location } = globalThis as { location?: { readonly href: string } };
  const base = location?.href ?? 'axios://relative';
  return URL.canParse(url, base) ? new URL(url, base).href : 'axios://invalid';
}
