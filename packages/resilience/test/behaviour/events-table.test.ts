import { describe, expect, it } from 'vitest';
import type { EventType, Policy, PolicyEvent, PolicyOptions } from '@highway/resilience';
import { observe } from '@highway/resilience';
import { ManualClock, recordEvents } from '@highway/resilience/testing';
import { boom } from '../support/calls.ts';
import { eventTable } from '../support/event-table.ts';
import { collectReports } from '../support/host.ts';

/** What each policy declares to emit: all of it, and nothing else. */
const declared: Record<string, EventType[]> = {
  CircuitBreakerPolicy: ['failure', 'rejected', 'stateChange', 'success'],
  RetryPolicy: ['failure', 'retry', 'success'],
  TimeoutPolicy: ['failure', 'success', 'timeout'],
  BulkheadPolicy: ['failure', 'queued', 'rejected', 'success'],
  RateLimiterPolicy: ['failure', 'queued', 'rejected', 'success'],
  FallbackPolicy: ['failure', 'fallback', 'success'],
  HedgePolicy: ['failure', 'hedge', 'success'],
  CachePolicy: ['cacheHit', 'coalesced', 'failure', 'success'],
  AdaptiveLimiterPolicy: ['failure', 'rejected', 'success'],
  AdaptiveThrottlerPolicy: ['failure', 'rejected', 'success'],
  Failsafe: ['failure', 'success'],
  ChaosPolicy: ['injected'],
};

const scenarios = Object.entries(eventTable).flatMap(([owner, list]) =>
  list.map((scenario, i) => ({ owner, i, type: scenario.type, scenario })),
);

/** A clock whose wall time can be told from its own, and how often it was asked for that. */
function setup(): { clock: ManualClock; options: PolicyOptions; asked: () => number } {
  const clock = new ManualClock({ wallStart: 5000 });
  let count = 0;
  const wallNow = clock.wallNow.bind(clock);
  clock.wallNow = () => {
    count++;
    return wallNow();
  };
  return { clock, options: { clock, name: 'subject' }, asked: () => count };
}

describe('the table of events', () => {
  it.each(Object.keys(declared))(
    'makes %s emit each of its events, and no other',
    async (owner) => {
      const seen = new Set<EventType>();
      for (const scenario of eventTable[owner]!) {
        const { clock, options } = setup();
        await scenario.run(options, clock, (policy) => {
          for (const type of Object.values(declared).flat()) policy.on(type, () => seen.add(type));
        });
      }
      expect([...seen].sort()).toEqual(declared[owner]);
    },
  );

  it('contains every policy', () => {
    expect(Object.keys(eventTable).sort()).toEqual(Object.keys(declared).sort());
  });
});

describe.each(scenarios)('the event $type of $owner ($i)', ({ type, scenario }) => {
  it('is emitted once, with the promised data', async () => {
    const { clock, options } = setup();
    const events: PolicyEvent[] = [];
    const walls: number[] = [];
    const { policy } = await scenario.run(options, clock, (made) => {
      made.on(type, (event) => {
        events.push(event);
        walls.push(clock.now() + 5000);
      });
    });
    expect(events).toHaveLength(1);
    const [event] = events;
    expect(event!.policy).toBe(policy);
    const { callId, ...rest } = event!;
    const base = { type, policy, policyName: 'subject', at: walls[0] };
    expect(rest).toEqual({ ...base, ...scenario.fields });
    expect(typeof callId).toBe(type === 'stateChange' ? 'undefined' : 'number');
  });

  it('has no policyName if the policy has no name', async () => {
    const { clock } = setup();
    let recording: ReturnType<typeof recordEvents> | undefined;
    await scenario.run({ clock }, clock, (policy) => {
      recording = recordEvents(policy);
    });
    expect(recording!.of(type).map(({ policyName }) => policyName)).toEqual([undefined]);
  });

  it('reaches each observer of the process once', async () => {
    const { clock, options } = setup();
    const events: PolicyEvent[] = [];
    let subject: Policy | undefined;
    const stop = observe((event) => events.push(event));
    await scenario.run(options, clock, (policy) => {
      subject = policy;
      events.length = 0;
    });
    stop();
    const own = events.filter((event) => event.policy === subject && event.type === type);
    expect(own).toHaveLength(1);
    expect(own[0]).toMatchObject(scenario.fields);
  });

  it('changes nothing if a listener throws, whose error is reported', async () => {
    const quiet = setup();
    const expected = await scenario.run(quiet.options, quiet.clock, () => {});
    const { clock, options } = setup();
    let heard = 0;
    const other = new Error('a listener’s own');
    let result: unknown;
    const reports = await collectReports(async () => {
      const ended = await scenario.run(options, clock, (policy) => {
        policy.on(type, () => {
          throw other;
        });
        policy.on(type, () => Promise.reject(other) as never);
        policy.on(type, () => heard++);
      });
      result = ended.result;
    });
    expect(reports).toEqual([other, other]);
    expect(heard).toBe(1);
    // Errors that policies make are alike, not the same.
    expect(String(result)).toBe(String(expected.result));
    expect(result === boom).toBe(expected.result === boom);
  });

  it('is not created if nobody listens, or no longer listens', async () => {
    const unheard = setup();
    await scenario.run(unheard.options, unheard.clock, () => {});
    expect(unheard.asked()).toBe(0);
    const { clock, options, asked } = setup();
    const other: EventType = type === 'hedge' ? 'injected' : 'hedge';
    await scenario.run(options, clock, (policy) => {
      policy.on(other, () => {});
      const remove = policy.on(type, () => expect.unreachable('a listener that was removed'));
      remove();
      remove();
    });
    expect(asked()).toBe(0);
  });
});
