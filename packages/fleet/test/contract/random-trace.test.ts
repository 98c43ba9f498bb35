import { describe, expect, it } from 'vitest';
import { randomTrace } from '@highway/fleet/testing';
import { fullReplies } from '../../src/testing/conversation.ts';
import type { CircuitMessage } from '@highway/fleet';

const traces = Array.from({ length: 20 }, (_, seed) => randomTrace(seed + 1));
const steps = traces.flatMap((trace) => trace.steps);
const replies = fullReplies(steps.flatMap((step) => step.replies));
const messages = steps.flatMap((step) => step.messages);

describe('a random trace', () => {
  it('is the same for the same seed', () => {
    expect(randomTrace(7)).toEqual(randomTrace(7));
    expect(randomTrace(7)).not.toEqual(randomTrace(8));
  });

  it('covers every state and every possible transition', () => {
    const moves = new Set<string>();
    for (const { notices } of steps) {
      for (const { state, cause } of notices) moves.add(`${state} by ${cause}`);
    }
    expect(moves).toEqual(
      new Set([
        ...['quorum', 'pooled', 'trials', 'recovered', 'restored'].flatMap((cause) => [
          `OPEN by ${cause}`,
          `CLOSED by ${cause}`,
        ]),
        'OPEN by release',
        'CLOSED by release',
        'CLOSED by reset',
        'HALF_OPEN by cooldown',
        'ISOLATED by isolate',
      ]),
    );
  });

  it('covers what stores can easily get wrong', () => {
    const counts = {
      granted: replies.filter(({ granted }) => granted.length > 1).length,
      votes: replies.filter(({ votes }) => votes > 1).length,
      pooled: replies.filter(({ failures }) => failures > 0).length,
      successes: replies.filter(({ tally }) => (tally?.successes ?? 0) > 0).length,
      failures: replies.filter(({ tally }) => (tally?.failures ?? 0) > 0).length,
      waits: replies.filter(({ remaining }) => remaining > 0).length,
      repeated: messages.length - new Set<CircuitMessage>(messages).size,
      backwards: steps.filter(({ now }, i) => now < (steps[i - 1]?.now ?? 0)).length,
    };
    const rare = Object.entries(counts).filter(([, count]) => count < replies.length / 100);
    expect(rare).toEqual([]);
  });
});

describe('a random trace with quiet members', () => {
  const quiet = Array.from({ length: 20 }, (_, seed) => randomTrace(seed + 1, { quiet: true }));
  const exchanges = quiet.flatMap((trace) => trace.steps);

  it('is the same for the same seed', () => {
    expect(randomTrace(7, { quiet: true })).toEqual(randomTrace(7, { quiet: true }));
  });

  it('has many quiet messages that change nothing, and many that must be merged', () => {
    const sent = exchanges.flatMap((step) => step.messages);
    const unchanged = exchanges
      .flatMap((step) => step.replies)
      .filter((reply) => reply.unchanged).length;
    const asked = sent.filter((message) => message.quiet !== undefined).length;
    expect(unchanged).toBeGreaterThan(sent.length / 20);
    expect(asked - unchanged).toBeGreaterThan(sent.length / 20);
  });

  it('has views without members whose process has died', () => {
    const views = quiet.flatMap((trace) => trace.views);
    expect(views.some(({ members }) => members > 0)).toBe(true);
  });
});
