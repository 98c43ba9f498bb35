import type { Drill } from './drill.ts';
import { print } from './print.ts';
import type { Display } from './report/display.ts';
import { viewFor } from './report/views.ts';

const updateEveryMs = 200;

/** Runs a drill and shows it meanwhile; gives the ms after which it ended. */
export async function runWithView(
  drill: Drill,
  { display, seconds }: { readonly display: Display; readonly seconds: number },
  signal: AbortSignal,
): Promise<number> {
  print(['']);
  const view = viewFor(process.stdout, display, seconds);
  const timer = setInterval(() => {
    view.update(drill.elapsed);
  }, updateEveryMs);
  let last: number;
  try {
    await drill.run(signal);
  } finally {
    clearInterval(timer);
    last = drill.elapsed;
    view.end(last);
  }
  return last;
}
