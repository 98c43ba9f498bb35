/** The longest delay of a timer, in ms. Longer ones fire at once. */
export const longestTimerMs: number = 2 ** 31 - 1;

/** Lets the process end although this timer is pending, where the runtime can do that. */
export function unref(timer: unknown): void {
  (timer as { unref?: () => void } | undefined)?.unref?.();
}
