/** What the hosts of the tests do differently. */
const host = globalThis as {
  readonly document?: unknown;
  readonly navigator?: { readonly userAgent?: string };
};

/** Browsers send a request again themselves after a 408 and after a reset, and send no streams over HTTP/1.1. */
export const inBrowser: boolean = host.document !== undefined;

/** The name of the error that `fetch` rejects with if the network fails. */
export const networkError: string =
  host.navigator?.userAgent === 'Cloudflare-Workers' ? 'Error' : 'TypeError';
