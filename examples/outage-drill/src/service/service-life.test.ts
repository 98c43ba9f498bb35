import { describe, expect, it } from 'vitest';
import { phaseNamed, phasesOf } from './script.ts';
import type { PhaseName } from './script.ts';
import { ServiceLife } from './service-life.ts';
import type { Answer } from './service-life.ts';

const plan = { seconds: 20, rate: 60, seed: 1 };

/** What a service of the plan answers to many requests within one phase. */
function answersIn(name: PhaseName, seed = plan.seed): Answer[] {
  const { from, to } = phaseNamed(phasesOf(plan.seconds), name);
  const life = new ServiceLife({ ...plan, seed });
  const count = 400;
  return Array.from({ length: count }, (_, i) => life.answer(from + ((to - from) * i) / count));
}

function longest(answers: readonly Answer[]): number {
  return Math.max(...answers.map(({ delay }) => delay));
}

describe('the service', () => {
  it('answers every request while it is healthy or slow', () => {
    for (const answer of [...answersIn('healthy'), ...answersIn('slow')]) {
      expect(answer.kind).toBe('ok');
    }
  });

  it('takes longer while it is slow', () => {
    const healthy = longest(answersIn('healthy'));
    for (const { delay } of answersIn('slow')) expect(delay).toBeGreaterThan(healthy);
  });

  it('answers nothing well in the outage, and fails in every way', () => {
    const kinds = new Set(answersIn('outage').map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['error', 'reset', 'hang']));
  });

  it('bears only a part of the usual load when it comes back', () => {
    const kinds = new Set(answersIn('recovery').map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['ok', 'overloaded']));
  });

  it('gives the same answers for the same seed, and others for another', () => {
    expect(answersIn('outage', 7)).toEqual(answersIn('outage', 7));
    expect(answersIn('outage', 7)).not.toEqual(answersIn('outage', 8));
  });
});
