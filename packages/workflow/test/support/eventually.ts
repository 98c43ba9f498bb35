import { systemClock } from '@highway/resilience';

const deadlineMs = 60_000;
const pauseMs = 20;

/** Looks again and again until the condition holds; the machine may be slow, so for long. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = systemClock.now() + deadlineMs;
  while (!(await condition())) {
    if (systemClock.now() > end) throw new Error(`Not within ${deadlineMs} ms: ${what}`);
    await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, pauseMs));
  }
}
