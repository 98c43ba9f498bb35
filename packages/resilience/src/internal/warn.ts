import { quietly } from './rejection.ts';

interface Host {
  readonly process?: { readonly emitWarning?: (message: string) => void };
}

/** Gives a warning to who asked for it, or to the host where that takes any. */
export function warn(message: string, onWarning: ((message: string) => void) | undefined): void {
  if (onWarning !== undefined) quietly(onWarning, message);
  else (globalThis as Host).process?.emitWarning?.(message);
}
