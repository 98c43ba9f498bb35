import { BulkheadFullError, TimeoutExceededError } from '@highway/resilience';
import { describe, expect, it } from 'vitest';
import { isIdempotent } from './idempotent.ts';
import { judgeOutcome } from './judge.ts';
import { kindOfError } from './kind.ts';
import { outcomes } from './table.ts';
import type { OutcomeKind } from './table.ts';

const get = { method: 'GET', headers: {} };
const post = { method: 'POST', headers: {} };
const fetchFailed = (cause: unknown): TypeError => new TypeError('fetch failed', { cause });
const withCode = (code: string, message = 'boom'): Error =>
  Object.assign(new Error(message), { code });

describe('the table of outcomes', () => {
  it('says of each status below 600 what it is', () => {
    for (let status = 100; status < 600; status++) {
      const { kind, retry, breaker } = judgeOutcome({ status }, get);
      const retried =
        [408, 425, 429, 500, 502, 503, 504].includes(status) || (status >= 520 && status < 530);
      expect([status, retry]).toEqual([status, retried]);
      expect(outcomes[kind].breaker).toBe(breaker);
      const fine =
        status < 500 ? status !== 408 && status !== 429 : status === 501 || status === 505;
      expect([status, breaker === 'success']).toEqual([status, fine]);
      expect(judgeOutcome({ status }, post).retry).toBe(status === 429);
    }
  });

  it('repeats a request that came too early once', () => {
    expect(judgeOutcome({ status: 425 }, get).retry).toBe(true);
    expect(judgeOutcome({ status: 425 }, get, { wasTooEarly: true }).retry).toBe(false);
    expect(judgeOutcome({ status: 425 }, post).retry).toBe(false);
  });

  it('takes other statuses and methods', () => {
    const options = { statuses: new Set([404, 503]), methods: new Set(['POST']) };
    expect(judgeOutcome({ status: 404 }, post, options)).toEqual({
      kind: 'answered',
      retry: true,
      breaker: 'success',
    });
    expect(judgeOutcome({ status: 503 }, post, options).retry).toBe(true);
    expect(judgeOutcome({ status: 503 }, get, options).retry).toBe(false);
    expect(judgeOutcome({ status: 500 }, post, options).retry).toBe(false);
    expect(judgeOutcome({ status: 429 }, get, options).retry).toBe(false);
    expect(judgeOutcome({ error: withCode('ECONNREFUSED') }, get, options).retry).toBe(true);
  });

  it.each<[unknown, OutcomeKind]>([
    [fetchFailed(withCode('ECONNREFUSED')), 'neverSent'],
    [fetchFailed(withCode('ENOTFOUND')), 'neverSent'],
    [withCode('EAI_AGAIN'), 'neverSent'],
    [fetchFailed(withCode('UND_ERR_CONNECT_TIMEOUT')), 'neverSent'],
    [new Error('Stream closed with error code NGHTTP2_REFUSED_STREAM'), 'neverSent'],
    [fetchFailed(withCode('ECONNRESET')), 'perhapsProcessed'],
    [fetchFailed(withCode('UND_ERR_SOCKET', 'other side closed')), 'perhapsProcessed'],
    [fetchFailed(withCode('HPE_INVALID_CONSTANT')), 'perhapsProcessed'],
    [fetchFailed(new Error('unknown')), 'perhapsProcessed'],
    [fetchFailed(undefined), 'perhapsProcessed'],
    [new TypeError('terminated'), 'perhapsProcessed'],
    [new TypeError('Failed to fetch'), 'perhapsProcessed'],
    [new TypeError('NetworkError when attempting to fetch resource.'), 'perhapsProcessed'],
    [new TypeError('Load failed'), 'perhapsProcessed'],
    [new TimeoutExceededError(5), 'perhapsProcessed'],
    [new DOMException('too slow', 'TimeoutError'), 'perhapsProcessed'],
    [new Error('boom'), 'perhapsProcessed'],
    ['boom', 'perhapsProcessed'],
    [undefined, 'perhapsProcessed'],
    [fetchFailed(withCode('ERR_SSL_WRONG_VERSION_NUMBER')), 'tls'],
    [fetchFailed(withCode('CERT_HAS_EXPIRED')), 'tls'],
    [fetchFailed(withCode('ERR_TLS_CERT_ALTNAME_INVALID')), 'tls'],
    [withCode('ERR_INVALID_URL'), 'invalidRequest'],
    [withCode('ERR_INVALID_ARG_TYPE'), 'invalidRequest'],
    [fetchFailed(new Error('bad port')), 'invalidRequest'],
    [fetchFailed(new Error('unknown scheme')), 'invalidRequest'],
    [new TypeError('Headers.append: "a b" is an invalid header name.'), 'invalidRequest'],
    [new TypeError("Failed to execute 'fetch' on 'Window'"), 'invalidRequest'],
    [new DOMException('gone', 'AbortError'), 'aborted'],
    [withCode('ERR_CANCELED'), 'aborted'],
    [new BulkheadFullError('full'), 'rejected'],
  ])('recognizes %o', (error, kind) => {
    expect(kindOfError(error)).toBe(kind);
  });

  it('takes an attempt for never sent only if that holds for all addresses of the host', () => {
    const all = Object.assign(
      new AggregateError([withCode('ECONNREFUSED'), withCode('ETIMEDOUT')]),
      { code: 'ECONNREFUSED' },
    );
    const some = Object.assign(new AggregateError([withCode('ECONNREFUSED'), withCode('EPIPE')]), {
      code: 'ECONNREFUSED',
    });
    expect(kindOfError(fetchFailed(all))).toBe('neverSent');
    expect(kindOfError(fetchFailed(some))).toBe('perhapsProcessed');
  });

  it('reads errors that throw, and causes without an end', () => {
    const endless = new Error('endless');
    endless.cause = endless;
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    expect(kindOfError(endless)).toBe('perhapsProcessed');
    expect(kindOfError(hostile)).toBe('perhapsProcessed');
  });
});

describe('isIdempotent', () => {
  it('is true for methods that can be repeated, in any case, and for requests with a key', () => {
    for (const method of ['GET', 'head', 'PUT', 'DELETE', 'OPTIONS', 'QUERY']) {
      expect(isIdempotent({ method, headers: {} })).toBe(true);
    }
    expect(isIdempotent(post)).toBe(false);
    expect(isIdempotent({ method: 'PATCH', headers: new Headers() })).toBe(false);
    expect(isIdempotent({ method: 'POST', headers: { 'Idempotency-Key': 'a' } })).toBe(true);
    expect(isIdempotent({ method: 'POST', headers: new Headers({ 'idempotency-key': 'a' }) })).toBe(
      true,
    );
    expect(isIdempotent({ method: 'POST', headers: { 'Idempotency-Key': ' ' } })).toBe(false);
  });
});
