/** The origins of the usual forms of URLs. Any other is parsed. */
const origins = new Map<string, string>();
const maxOrigins = 1_000;

/** A prefix that no parser would read in another way: scheme, host, port, up to the path. */
const plain = /^https?:\/\/[a-z0-9.-]+(?::\d+)?(?=[/?#]|$)/;

/** The origin of an absolute URL. Throws a `TypeError` if it is none. */
export function originOf(url: string): string {
  const prefix = plain.exec(url)?.[0];
  if (prefix === undefined) return parse(url);
  let origin = origins.get(prefix);
  if (origin === undefined) {
    origin = parse(prefix);
    if (origins.size >= maxOrigins) origins.clear();
    origins.set(prefix, origin);
  }
  return origin;
}

function parse(url: string): string {
  const { origin, protocol, host } = new URL(url);
  // Schemes that the standard does not know have no origin.
  return origin === 'null' ? `${protocol}//${host}` : origin;
}
