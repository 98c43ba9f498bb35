/** An outcome and when it came. */
export interface Timed {
  readonly at: number;
  readonly failed: boolean;
}

/**
 * What a window of time may hold now. It forgets by fortieths of its span, so what is younger than
 * 39 of them counts, what is older than all doesn't, and of what is in between the younger part may:
 * one list for each point at which the line can be drawn.
 */
export function candidates(outcomes: readonly Timed[], span: number, now: number): Timed[][] {
  const age = ({ at }: Timed): number => now - at;
  const sure = outcomes.filter((outcome) => age(outcome) < (span * 39) / 40);
  const unsure = outcomes.filter(
    (outcome) => age(outcome) >= (span * 39) / 40 && age(outcome) <= span,
  );
  return Array.from({ length: unsure.length + 1 }, (_, i) => [...unsure.slice(i), ...sure]);
}
