import fc from 'fast-check';

/** A policy of a chain. */
export interface Link {
  readonly kind: 'retry' | 'breaker' | 'timeout' | 'bulkhead' | 'limiter' | 'fallback';
  /** Whether its limits are the tighter of two. */
  readonly small: boolean;
  /** Whether it waits, or for how long. */
  readonly waits: boolean;
  /** Whether it stands in one chain of its own with the policy before it. */
  readonly joined: boolean;
}

/** What the function does when it is called. */
export interface Turn {
  /** When it settles, in ms; 0 for before any timer. */
  readonly after: number;
  /** If before any timer: after so many microtasks; 0 for synchronously. */
  readonly microtasks: number;
  /** Whether it aborts its caller's signal first, if there is one. */
  readonly aborts: boolean;
  readonly ends: 'good' | 'bad' | 'failure';
  /** Whether it ends when its signal aborts. */
  readonly heeds: boolean;
}

/** One call. */
export interface CallPlan {
  readonly at: number;
  /** When its caller aborts, in ms after its begin. */
  readonly abortAfter: number | undefined;
  /** What the function does each time; the last turn is repeated. */
  readonly turns: readonly Turn[];
}

const link: fc.Arbitrary<Link> = fc.record({
  kind: fc.constantFrom('retry', 'breaker', 'timeout', 'bulkhead', 'limiter', 'fallback'),
  small: fc.boolean(),
  waits: fc.boolean(),
  joined: fc.boolean(),
});

/** Chains in every order; a kind may be there twice. */
export const links: fc.Arbitrary<Link[]> = fc.array(link, { minLength: 1, maxLength: 6 });

const turn: fc.Arbitrary<Turn> = fc.record({
  after: fc.constantFrom(0, 0, 1, 30, 75, 180, 400),
  microtasks: fc.constantFrom(0, 0, 1, 2, 3, 6),
  aborts: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  ends: fc.constantFrom('good', 'good', 'bad', 'failure', 'failure'),
  heeds: fc.boolean(),
});

const call = fc.record({
  at: fc.constantFrom(0, 0, 10, 40, 90, 200, 500),
  abortAfter: fc.option(fc.constantFrom(0, 5, 35, 100, 250), { nil: undefined }),
  turns: fc.array(turn, { minLength: 1, maxLength: 3 }),
});

/**
 * Calls that overlap. Every time is a little different from all others, so that nothing hangs on the
 * order of what happens at once in different calls.
 */
export const calls: fc.Arbitrary<CallPlan[]> = fc
  .array(call, { minLength: 1, maxLength: 6 })
  .map((plans) =>
    plans.map(({ at, abortAfter, turns }, i) => ({
      at: at + i * 0.013,
      abortAfter: abortAfter === undefined ? undefined : abortAfter + 0.37 + i * 0.0017,
      turns: turns.map((each, k) => ({
        ...each,
        after: each.after === 0 ? 0 : each.after + i * 0.0041 + k * 0.00053,
      })),
    })),
  );
