import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, CircuitOpenError, rate } from '@highway/resilience';
import type { CircuitBreakerOptions } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, fail, hold, play, rejection, succeed } from '../support/calls.ts';

/** A breaker whose cooldown is over: the next call is a trial call. */
async function waited(
  options: CircuitBreakerOptions = {},
): Promise<{ breaker: CircuitBreakerPolicy; clock: ManualClock }> {
  const clock = new ManualClock();
  const breaker = new CircuitBreakerPolicy({ clock, cooldown: '1s', ...options });
  breaker.open();
  await clock.advance('1s');
  return { breaker, clock };
}

async function tested(options: CircuitBreakerOptions): Promise<CircuitBreakerPolicy> {
  return (await waited(options)).breaker;
}

const allOf = (length: number): string[] =>
  Array.from({ length: 2 ** length }, (_, bits) => bits.toString(2).padStart(length, '0'));

const count = (sequence: string, outcome: string): number => sequence.split(outcome).length - 1;

/** Whether all that can still come leads to one answer, given the answers for whole windows. */
function certain(begun: string, size: number, answer: (whole: string) => string): boolean {
  const answers = allOf(size - begun.length).map((rest) => answer(begun + rest));
  return new Set(answers).size === 1;
}

describe.each([
  ...[1, 2, 3, 4, 5].flatMap((d) => Array.from({ length: d }, (_, i) => ['success', i + 1, d])),
  ...[1, 2, 3, 4, 5].flatMap((d) => Array.from({ length: d }, (_, i) => ['failure', i + 1, d])),
] as ['success' | 'failure', number, number][])(
  'a half-open breaker with a %s threshold of %d/%d',
  (kind, numerator, denominator) => {
    const threshold = `${numerator}/${denominator}` as const;
    const options: CircuitBreakerOptions =
      kind === 'success' ? { successThreshold: threshold } : { failureThreshold: threshold };
    const closes = (whole: string): boolean =>
      kind === 'success' ? count(whole, '1') >= numerator : count(whole, '0') < numerator;
    const answer = (whole: string): string => (closes(whole) ? 'CLOSED' : 'OPEN');

    it('decides as the full window would, and as soon as that is certain', async () => {
      for (const sequence of allOf(denominator)) {
        const breaker = await tested(options);
        let begun = '';
        for (const outcome of sequence) {
          await play(breaker, outcome);
          begun += outcome;
          const decided = certain(begun, denominator, answer);
          expect([begun, breaker.state]).toEqual([begun, decided ? answer(sequence) : 'HALF_OPEN']);
          if (decided) break;
        }
      }
    });
  },
);

describe('a half-open breaker', () => {
  it('starts with an empty window', async () => {
    const breaker = await tested({ failureThreshold: '2/3' });
    await fail(breaker);
    expect(breaker.state).toBe('HALF_OPEN');
    expect([...breaker.history]).toEqual([false]);
    await play(breaker, '11');
    expect(breaker.state).toBe('CLOSED');
    expect(breaker.history.length).toBe(0);
  });

  it('decides only by the success threshold if there is one', async () => {
    const breaker = await tested({ failureThreshold: '1/1', successThreshold: '2/3' });
    await fail(breaker);
    expect(breaker.state).toBe('HALF_OPEN');
    await play(breaker, '11');
    expect(breaker.state).toBe('CLOSED');
  });

  it('admits three trial calls at once by default', async () => {
    const breaker = await tested({});
    const calls = Array.from({ length: 5 }, () => hold(breaker));
    expect(calls.map((call) => call.ran)).toEqual([true, true, true, false, false]);
    expect(await rejection(calls[3]!.result)).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    await calls[0]!.succeed();
    expect([hold(breaker).ran, hold(breaker).ran]).toEqual([true, false]);
  });

  it.each([1, 2, 5, Infinity])(
    'admits %d trial calls at once if maxConcurrentTrials says so',
    async (limit) => {
      const breaker = await tested({ maxConcurrentTrials: limit });
      const calls = Array.from({ length: 30 }, () => hold(breaker));
      expect(calls.filter((call) => call.ran)).toHaveLength(Math.min(limit, 20));
    },
  );

  it.each([
    [{ failureThreshold: '1/1' }, 1],
    [{ failureThreshold: '2/2' }, 2],
    [{ successThreshold: '1/2' }, 2],
    [{ failureThreshold: '1/1', successThreshold: '2/2' }, 2],
  ] as [CircuitBreakerOptions, number][])(
    'admits no more trial calls than its window needs: %j',
    async (options, needed) => {
      const breaker = await tested({ maxConcurrentTrials: 100, ...options });
      const calls = Array.from({ length: 5 }, () => hold(breaker));
      expect(calls.filter((call) => call.ran)).toHaveLength(needed);
    },
  );

  it('admits fewer trial calls the fuller its window is', async () => {
    const breaker = await tested({ failureThreshold: '3/5', maxConcurrentTrials: 4 });
    await play(breaker, '1010');
    expect(breaker.state).toBe('HALF_OPEN');
    const calls = [hold(breaker), hold(breaker)];
    expect(calls.map((call) => call.ran)).toEqual([true, false]);
    await calls[0]!.succeed();
    expect(breaker.state).toBe('CLOSED');
  });

  it('makes no more trial calls than its window holds, however fast calls come', async () => {
    for (const sequence of allOf(4)) {
      const breaker = await tested({ successThreshold: '2/4', maxConcurrentTrials: 4 });
      let ran = 0;
      for (const outcome of sequence) {
        if (breaker.state !== 'HALF_OPEN' && ran > 0) break;
        const calls = Array.from({ length: 9 }, () => hold(breaker)).filter((call) => call.ran);
        ran += calls.length;
        await calls[0]?.settle(outcome);
      }
      expect(ran).toBeLessThanOrEqual(4);
    }
  });

  it('counts trial calls in the order in which they end', async () => {
    const breaker = await tested({ successThreshold: '2/3' });
    const [first, second, third] = [hold(breaker), hold(breaker), hold(breaker)];
    await third.succeed();
    await first.fail();
    expect([...breaker.history]).toEqual([true, false]);
    await second.succeed();
    expect(breaker.state).toBe('CLOSED');
  });

  it('ignores trial calls that end after it has decided', async () => {
    const breaker = await tested({ failureThreshold: '1/3' });
    const [first, second, third] = [hold(breaker), hold(breaker), hold(breaker)];
    await first.fail();
    expect(breaker.state).toBe('OPEN');
    await second.succeed();
    await third.succeed();
    expect(breaker.state).toBe('OPEN');
    expect([...breaker.history]).toEqual([false]);
  });

  it('opens again for a whole cooldown, counted from the end of the trial call', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '1s', failureThreshold: '1/1' });
    breaker.open();
    await clock.advance('1s');
    const call = hold(breaker);
    await clock.advance(300);
    await call.fail();
    expect(breaker.retryAfter).toBe(1_000);
  });

  it('passes on the error of the trial call that opens it', async () => {
    const breaker = await tested({ failureThreshold: '1/1' });
    expect(await fail(breaker)).toBe(boom);
    expect(breaker.state).toBe('OPEN');
  });

  it('returns the value of the trial call that closes it', async () => {
    const breaker = await tested({ failureThreshold: '1/1' });
    expect(await succeed(breaker)).toBe('fine');
    expect(breaker.state).toBe('CLOSED');
  });

  it('has a retryAfter of 0, but its rejections say when a slot is free', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({
      clock,
      failureThreshold: '2/2',
      trialTimeout: '5s',
    });
    breaker.halfOpen();
    hold(breaker);
    await clock.advance('2s');
    hold(breaker);
    expect(breaker.retryAfter).toBe(0);
    expect(await rejection(succeed(breaker))).toMatchObject({ retryAfter: 3_000 });
    await clock.advance('1s');
    expect(await rejection(succeed(breaker))).toMatchObject({ retryAfter: 2_000 });
  });

  it('admits exactly its window from a burst of calls (Polly #216, opossum #119 #120, resilience4j #343 #1432)', async () => {
    const { breaker } = await waited({ successThreshold: '5/5', maxConcurrentTrials: Infinity });
    const calls = Array.from({ length: 50 }, () => hold(breaker));
    expect(calls.filter((call) => call.ran)).toHaveLength(5);
    for (const call of calls.slice(5)) {
      expect(await rejection(call.result)).toBeInstanceOf(CircuitOpenError);
    }
    for (const call of calls.slice(0, 5)) await call.succeed();
    expect(breaker.state).toBe('CLOSED');
  });

  it('opens again when a trial call fails, though there are fewer than minimumCalls (opossum #276)', async () => {
    const { breaker } = await waited({
      failureThreshold: rate(0.5, { over: '10s', minimumCalls: 100 }),
      successThreshold: '1/1',
    });
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it.each([undefined, null, 0, '', 'down', Symbol('down'), { then: 1 }])(
    'frees the slot of a trial call that throws %s (resilience4j and failsafe-go lose it)',
    async (thrown) => {
      const { breaker, clock } = await waited({ successThreshold: '2/3' });
      expect(await fail(breaker, thrown)).toBe(thrown);
      expect(await fail(breaker, thrown)).toBe(thrown);
      expect(breaker.state).toBe('OPEN');
      await clock.advance('1s');
      await play(breaker, '11');
      expect(breaker.state).toBe('CLOSED');
    },
  );

  it('admits no more than its window needs, however outcomes come in (failsafe-java #391)', async () => {
    const { breaker } = await waited({ successThreshold: '3/4', maxConcurrentTrials: 4 });
    await play(breaker, '10');
    const burst = Array.from({ length: 10 }, () => hold(breaker));
    expect(burst.filter((call) => call.ran)).toHaveLength(2);
    await burst[0]!.succeed();
    expect(hold(breaker).ran).toBe(false);
    await burst[1]!.succeed();
    expect(breaker.state).toBe('CLOSED');
  });

  it('judges the last calls, not a period, even if the closed circuit judges a period (resilience4j #597)', async () => {
    const { breaker, clock } = await waited({
      failureThreshold: rate(0.5, { over: '10s', minimumCalls: 4 }),
    });
    await play(breaker, '1');
    await clock.advance('2h');
    await play(breaker, '1');
    await clock.advance('2h');
    await play(breaker, '1');
    expect(breaker.state).toBe('CLOSED');
  });

  it('takes one slot for a call, whether or not its function is wrapped (resilience4j #1003)', async () => {
    const { breaker } = await waited({ successThreshold: '2/2' });
    const wrapped = breaker(async () => new Promise(() => {}));
    void wrapped();
    void wrapped();
    expect(await rejection(wrapped())).toBeInstanceOf(CircuitOpenError);
  });

  it('makes no call wait for a trial slot, and passes signals on to trial calls (cockatiel #112)', async () => {
    const { breaker } = await waited({ successThreshold: '1/1' });
    const caller = new AbortController();
    const trial = hold(breaker, { signal: caller.signal });
    const surplus = hold(breaker, { signal: new AbortController().signal });
    await settle();
    expect(await rejection(surplus.result)).toBeInstanceOf(CircuitOpenError);
    caller.abort();
    expect(trial.context?.signal.aborted).toBe(true);
  });

  it('may be half-opened again, and takes calls from inside its own transition (resilience4j #562 #674 #2038)', async () => {
    const inner: string[] = [];
    const { breaker } = await waited({
      successThreshold: '1/1',
      onStateChange: (policy, _from, to) => {
        if (to === 'HALF_OPEN') inner.push(hold(policy).ran ? 'ran' : 'rejected');
      },
    });
    await rejection(succeed(breaker));
    expect(inner).toEqual(['ran']);
    breaker.halfOpen();
    expect(breaker.state).toBe('HALF_OPEN');
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
  });

  it('frees the slot of a trial call whose predicate throws (resilience4j #2209)', async () => {
    const confused = new TypeError('confused');
    const { breaker, clock } = await waited({
      successThreshold: '1/1',
      handle: () => {
        throw confused;
      },
    });
    expect(await fail(breaker)).toBe(confused);
    expect(breaker.state).toBe('OPEN');
    await clock.advance('1s');
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
  });
});
