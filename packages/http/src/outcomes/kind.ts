import { isRejection } from '@highway/resilience';
import { outcomes } from './table.ts';
import type { OutcomeKind } from './table.ts';

const kinds = Object.keys(outcomes) as OutcomeKind[];

const byStatus = new Map<number, OutcomeKind>();
const byCode = new Map<string, OutcomeKind>();
const byPrefix: { readonly prefix: string; readonly kind: OutcomeKind }[] = [];
for (const kind of kinds) {
  const { statuses = [], codes = [], prefixes = [] } = outcomes[kind];
  for (const each of statuses) {
    const [first, last] = typeof each === 'number' ? [each, each] : each;
    for (let status = first; status <= last; status++) {
      if (!byStatus.has(status)) byStatus.set(status, kind);
    }
  }
  for (const code of codes) byCode.set(code, kind);
  for (const prefix of prefixes) byPrefix.push({ prefix, kind });
}

/** The kind of outcome that an answer with this status is. */
export function kindOfStatus(status: number): OutcomeKind {
  return byStatus.get(status) ?? 'serverRefused';
}

/** How deep causes are read. Bounded, because they can form a cycle. */
const deepest = 8;

/** The kind of outcome that an error of a client is. */
export function kindOfError(error: unknown): OutcomeKind {
  if (isRejection(error)) return 'rejected';
  if (look(error, 'name') === 'AbortError') return 'aborted';
  let at = error;
  for (let depth = 0; depth < deepest && isObject(at); depth++) {
    const kind = kindOfCode(at) ?? kindOfMessage(at);
    if (kind !== undefined) return kind;
    at = look(at, 'cause');
  }
  return isMistake(error) ? 'invalidRequest' : 'perhapsProcessed';
}

function kindOfCode(error: object): OutcomeKind | undefined {
  const code = look(error, 'code');
  if (typeof code !== 'string') return undefined;
  const known = byCode.get(code);
  // All addresses of a host were tried; the code is that of the first one only.
  if (known === 'neverSent') return isEveryNeverSent(error) ? known : 'perhapsProcessed';
  return known ?? byPrefix.find(({ prefix }) => code.startsWith(prefix))?.kind;
}

function isEveryNeverSent(error: object): boolean {
  const errors = look(error, 'errors');
  if (!Array.isArray(errors)) return true;
  return errors.every((each) => {
    const code = look(each, 'code');
    // No connection in time to one address of several: nothing was sent to it.
    return code === 'ETIMEDOUT' || (typeof code === 'string' && byCode.get(code) === 'neverSent');
  });
}

/** Errors that have no code. `fetch` gives these as causes. */
function kindOfMessage(error: object): OutcomeKind | undefined {
  const message = look(error, 'message');
  if (typeof message !== 'string') return undefined;
  if (/^(?:bad port|unknown scheme)/.test(message)) return 'invalidRequest';
  return message.includes('NGHTTP2_REFUSED_STREAM') ? 'neverSent' : undefined;
}

/** What runtimes say when the network fails: Node.js, Chromium, Firefox, Safari (two), Deno, workerd. */
const networkFailed =
  /^(?:fetch failed|failed to fetch|networkerror|load failed|.*network connection|.*internet connection|error sending request|network error|terminated|error reading a body|connection )/i;

/** A `TypeError` says that the request is invalid, except that `fetch` also throws it when the network fails. */
function isMistake(error: unknown): boolean {
  if (look(error, 'name') !== 'TypeError') return false;
  const message = look(error, 'message');
  return typeof message !== 'string' || !networkFailed.test(message);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Reads a property of anything that was thrown, even of an object that throws. */
function look(value: unknown, key: string): unknown {
  if (!isObject(value)) return undefined;
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
