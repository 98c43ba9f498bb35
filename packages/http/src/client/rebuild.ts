/** Makes an answer around another stream of bytes that looks like the one it replaces. */
export function rebuild(
  source: Response,
  body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>,
): Response {
  const { status, statusText, headers } = source;
  // The constructor takes no other status, although servers may send one.
  const isUsual = status >= 200 && status <= 599;
  const rebuilt = new Response(body, { status: isUsual ? status : 200, statusText, headers });
  return lookLike(rebuilt, source, isUsual ? {} : { status, ok: false });
}

/** Gives an answer what only `fetch` can set, and its copies as well. */
function lookLike(response: Response, source: Response, more: object): Response {
  const { url, redirected, type } = source;
  const clone = response.clone.bind(response);
  const own = { url, redirected, type, ...more, clone: () => lookLike(clone(), source, more) };
  const properties = Object.entries(own).map(([name, value]) => [
    name,
    { value, configurable: true, enumerable: name !== 'clone', writable: true },
  ]);
  return Object.defineProperties(response, Object.fromEntries(properties) as PropertyDescriptorMap);
}

/** With these statuses, browsers have an empty body, but the constructor takes none. */
const bodiless = new Set([101, 103, 204, 205, 304]);

/** Whether an answer has a body that nobody has begun to read, and that can be replaced. */
export function hasFreshBody(response: Response): boolean {
  if (bodiless.has(response.status)) return false;
  // A user's own `fetch` may return anything.
  const body = response.body as Partial<ReadableStream> | null | undefined;
  return typeof body?.getReader === 'function' && body.locked !== true && !response.bodyUsed;
}
