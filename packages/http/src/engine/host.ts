interface Host {
  readonly document?: unknown;
  readonly importScripts?: unknown;
  readonly navigator?: { readonly userAgent?: unknown };
}

/** Whether this is a browser, or a worker of one. */
export function isBrowser(): boolean {
  const { document, importScripts, navigator } = globalThis as Host;
  if (typeof document === 'object') return true;
  // Some servers have this function of workers, too; their user agent names no browser.
  return typeof importScripts === 'function' && String(navigator?.userAgent).startsWith('Mozilla/');
}
