interface Host {
  readonly process?: { readonly emitWarning?: (message: string) => void };
}

/** Gives a warning to who asked for it, or to the host where that takes any. */
export function warn(message: string, onWarning: ((message: string) => void) | undefined): void {
  if (onWarning !== undefined) onWarning(message);
  else (globalThis as Host).process?.emitWarning?.(message);
}
