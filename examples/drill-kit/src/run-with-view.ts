import type { Display } from './display.ts';
import { print } from './print.ts';
import { viewFor } from './views.ts';

const updateEveryMs = 200;

/** Something that takes a while, and can be looked at meanwhile. */
export interface Watched {
  /** Milliseconds since it began; 0 before. */
  readonly elapsed: number;
  /** Runs it to its end, or until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Runs something and shows it meanwhile; gives the ms after which it ended. */
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
