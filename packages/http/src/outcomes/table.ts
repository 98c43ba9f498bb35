/**
 * What each outcome of an attempt means: whether another attempt follows, and what a circuit breaker learns.
 * `docs/http/outcomes.md` is generated from this file.
 */

/** What an outcome tells a circuit breaker; `'ignore'`: nothing, because it says nothing about the server. */
export type BreakerVerdict = 'failure' | 'success' | 'ignore';

/** Whether another attempt follows. */
export type RetryRule = 'retry' | 'once' | 'no';

/** One row of the table. */
export interface OutcomeRow {
  /** For people. */
  readonly title: string;
  /** For an idempotent method, or a request with an `Idempotency-Key`. */
  readonly idempotent: RetryRule;
  /** For any other request. */
  readonly other: RetryRule;
  readonly breaker: BreakerVerdict;
  /** Statuses: single ones, and ranges with both ends. The first row that has a status applies to it. */
  readonly statuses?: readonly (number | readonly [number, number])[];
  /** Codes of errors. The code of a cause counts as well. */
  readonly codes?: readonly string[];
  /** How codes of errors start. */
  readonly prefixes?: readonly string[];
}

/** The methods that have the same effect when they are repeated. */
export const idempotentMethods: readonly string[] = [
  'GET',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'QUERY',
];

/** A kind of outcome: a row of the table. */
export type OutcomeKind =
  | 'neverSent'
  | 'perhapsProcessed'
  | 'tls'
  | 'serverFailed'
  | 'tooManyRequests'
  | 'tooEarly'
  | 'answered'
  | 'serverRefused'
  | 'invalidRequest'
  | 'aborted'
  | 'rejected';

/** The rows, by kind of outcome. */
export const outcomes: Readonly<Record<OutcomeKind, OutcomeRow>> = {
  neverSent: {
    title: 'never sent: there was no connection',
    idempotent: 'retry',
    other: 'retry',
    breaker: 'failure',
    codes: [
      'ECONNREFUSED',
      'ENOTFOUND',
      'EAI_AGAIN',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'UND_ERR_CONNECT_TIMEOUT',
      'REFUSED_STREAM',
      'NGHTTP2_REFUSED_STREAM',
      // Bun
      'ConnectionRefused',
    ],
  },
  perhapsProcessed: {
    title: 'perhaps processed: a connection that broke, a timeout, any other error of the network',
    idempotent: 'retry',
    other: 'no',
    breaker: 'failure',
    codes: [
      'ECONNRESET',
      'EPIPE',
      'ETIMEDOUT',
      'ECONNABORTED',
      'UND_ERR_SOCKET',
      'UND_ERR_HEADERS_TIMEOUT',
      'UND_ERR_BODY_TIMEOUT',
      'UND_ERR_HEADERS_OVERFLOW',
      'ERR_TIMEOUT',
      'ERR_NETWORK',
    ],
    prefixes: ['HPE_', 'UND_ERR_RES_'],
  },
  tls: {
    title: 'no secure connection: a certificate or a handshake failed',
    idempotent: 'no',
    other: 'no',
    breaker: 'failure',
    codes: [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
    prefixes: ['ERR_SSL_', 'CERT_', 'ERR_TLS_'],
  },
  serverFailed: {
    title: 'the server failed, or was too slow',
    idempotent: 'retry',
    other: 'no',
    breaker: 'failure',
    statuses: [408, 500, 502, 503, 504, [520, 529]],
  },
  tooManyRequests: {
    title: 'too many requests',
    idempotent: 'retry',
    other: 'retry',
    breaker: 'ignore',
    statuses: [429],
  },
  tooEarly: {
    title: 'too early',
    idempotent: 'once',
    other: 'no',
    breaker: 'success',
    statuses: [425],
  },
  answered: {
    title: 'the server answered: another attempt would get the same answer',
    idempotent: 'no',
    other: 'no',
    breaker: 'success',
    statuses: [[0, 499], 501, 505],
  },
  serverRefused: {
    title: 'any other failure of the server',
    idempotent: 'no',
    other: 'no',
    breaker: 'failure',
    statuses: [[506, 999]],
  },
  invalidRequest: {
    title: 'invalid request: its URL, port, headers or body',
    idempotent: 'no',
    other: 'no',
    breaker: 'ignore',
    codes: [
      'ERR_INVALID_URL',
      'ERR_INVALID_CHAR',
      'ERR_INVALID_PROTOCOL',
      'ERR_UNESCAPED_CHARACTERS',
      'UND_ERR_INVALID_ARG',
      'UND_ERR_NOT_SUPPORTED',
      'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
      'ERR_BAD_OPTION',
      'ERR_BAD_OPTION_VALUE',
    ],
    prefixes: ['ERR_INVALID_ARG', 'ERR_HTTP_INVALID_HEADER'],
  },
  aborted: {
    title: 'the caller aborted',
    idempotent: 'no',
    other: 'no',
    breaker: 'ignore',
    codes: ['ABORT_ERR', 'UND_ERR_ABORTED', 'ERR_CANCELED'],
  },
  rejected: {
    title: 'a policy rejected the call',
    idempotent: 'no',
    other: 'no',
    breaker: 'ignore',
  },
};
