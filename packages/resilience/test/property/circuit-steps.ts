import fc from 'fast-check';
import type { Way } from './circuit-calls.ts';
import type { Ending } from './circuit-endings.ts';
import type { ModelRules, Share } from './circuit-model.ts';

/** One thing that happens. Picks choose among what there is at that moment. */
export type Step =
  | { readonly do: 'call'; readonly way: Way; readonly ending: Ending | 'hang' }
  | { readonly do: 'settle'; readonly pick: number; readonly ending: Ending }
  | { readonly do: 'cancel' | 'release'; readonly pick: number }
  | { readonly do: 'advance' | 'step wall'; readonly ms: number }
  | { readonly do: Order };

/** What an operator asks for; `save` and `restore` carry the breaker into another process. */
export type Order = 'open' | 'close' | 'halfOpen' | 'isolate' | 'save' | 'restore';

const ending = fc.constantFrom<Ending>(
  ...([
    'success',
    'success',
    'success',
    'success',
    'failure',
    'failure',
    'failure',
    'failure',
    'failure',
    'failure',
  ] as const),
  ...(['bad value', 'harmless', 'ignored', 'ignored and harmless', 'rejection', 'trap'] as const),
);
const way = fc.constantFrom<Way>(
  ...(['execute', 'execute with a signal', 'wrapped', 'executeSync', 'permit'] as const),
);
const pick = fc.nat(9);

/** Which kinds of steps there are, and how often. */
export interface Weights {
  readonly calls?: number;
  readonly hangs?: number;
  readonly settles?: number;
  readonly cancels?: number;
  readonly time?: number;
  readonly manual?: number;
  readonly isolation?: number;
  readonly restarts?: number;
}

/** Steps for a breaker with these rules: time passes in strides that matter to it. */
export function steps(rules: ModelRules, weights: Weights): fc.Arbitrary<Step[]> {
  const { cooldown, trialTimeout } = rules;
  const strides = [cooldown, trialTimeout].flatMap((ms) => [ms - 1, ms, ms + 1, ms >> 1]);
  const ms = fc.constantFrom(...[0, 1, 5, ...strides].filter((stride) => stride >= 0));
  const weighted: [number | undefined, fc.Arbitrary<Step>][] = [
    [weights.calls, fc.record({ do: fc.constant('call' as const), way, ending })],
    [weights.hangs, fc.record({ do: fc.constant('call'), way, ending: fc.constant('hang') })],
    [weights.settles, fc.record({ do: fc.constant('settle' as const), pick, ending })],
    [weights.cancels, fc.record({ do: fc.constant('cancel' as const), pick })],
    [weights.time, fc.record({ do: fc.constant('advance' as const), ms })],
    [
      weights.time,
      fc.record({ do: fc.constant('step wall'), ms: fc.integer({ min: -9e6, max: 9e6 }) }),
    ],
    [weights.manual, fc.record({ do: fc.constantFrom('open', 'close', 'halfOpen') })],
    [weights.isolation, fc.record({ do: fc.constant('isolate' as const) })],
    [weights.isolation, fc.record({ do: fc.constant('release' as const), pick })],
    [weights.restarts, fc.record({ do: fc.constantFrom('save', 'restore') })],
  ];
  const chosen = weighted.flatMap(([weight, arbitrary]) =>
    weight === undefined ? [] : [{ weight, arbitrary }],
  );
  // Long runs from the first: short ones rarely get as far as trial calls.
  return fc.array(fc.oneof(...chosen), { maxLength: 64, size: 'max' });
}

/** Small ones, which a run of steps fills several times over, and some that take several words. */
const share: fc.Arbitrary<Share> = fc
  .oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }) },
    { weight: 1, arbitrary: fc.integer({ min: 7, max: 70 }) },
  )
  .chain((denominator) =>
    fc.tuple(fc.integer({ min: 1, max: Math.min(denominator, 6) }), fc.constant(denominator)),
  );

/** Rules of all sizes. */
export const rules: fc.Arbitrary<ModelRules> = fc.record({
  failureThreshold: share,
  successThreshold: fc.option(share, { nil: undefined }),
  cooldown: fc.constantFrom(0, 1, 100, 5000),
  trialTimeout: fc.constantFrom(1, 60, 100, 7000),
  maxConcurrentTrials: fc.constantFrom(1, 2, 3, 5, Infinity),
});
