import type { Display } from './display.ts';
import { print } from './print.ts';
import { viewFor } from './views.ts';

const updateEveryMs = 200;

/** A run that can be shown in progress. */
export interface Watched {
  /** Milliseconds since the start; 0 before. */
  readonly elapsed: number;
  /** Runs to the end, or until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Runs something and shows its progress; resolves with its duration in ms. */
export async function runWithView(
  watched: Watched,
  display: Display,
  signal: AbortSignal,
): Promise<number> {
  print(['']);
  const view = viewFor(process.stdout, display);
  const timer = setInterval(() => {
    view.update(watched.elapsed);
  }, updateEveryMs);
  let last: number;
  try {
    await watched.run(signal);
  } finally {
    clearInterval(timer);
    last = watched.elapsed;
    view.end(last);
  }
  return last;
}
