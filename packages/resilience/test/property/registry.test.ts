import { PolicyRegistry } from '@highway/resilience';
import type { CircuitBreakerPolicy, Policy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hold } from '../support/calls.ts';
import type { HeldCall } from '../support/calls.ts';
import { runs } from './parameters.ts';

type Step =
  | { readonly do: 'ask'; readonly kind: 'circuitBreaker' | 'retry'; readonly name: string }
  | { readonly do: 'call' | 'open' | 'close'; readonly name: string }
  | { readonly do: 'end' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'resize'; readonly maxPolicies: number };

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      kind: fc.constantFrom('circuitBreaker' as const, 'retry' as const),
      name,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('call' as const, 'open' as const, 'open' as const, 'close' as const),
      name,
    }),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'end' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constant(60) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('resize' as const),
      maxPolicies: fc.integer({ min: 1, max: 5 }),
    }),
  },
);

const cooldown = 100;

interface Kept {
  readonly id: string;
  readonly policy: Policy<unknown>;
}

/** A registry as one would write it down: a list in the order of use. */
class Model {
  kept: Kept[] = [];
  maxPolicies = 3;
  readonly calls: { readonly policy: Policy<unknown>; readonly call: HeldCall }[] = [];

  /** Notes that the registry gave this; false where it should have been another. */
  asked(id: string, policy: Policy<unknown>): boolean {
    const held = this.kept.find((each) => each.id === id);
    if (held !== undefined) {
      this.kept = [...this.kept.filter((each) => each !== held), held];
      return held.policy === policy;
    }
    if (this.kept.some((each) => each.policy === policy)) return false;
    if (this.kept.length === this.maxPolicies) {
      const gone = this.#expendable();
      if (gone === undefined) return true;
      this.kept = this.kept.filter((each) => each !== gone);
    }
    this.kept.push({ id, policy });
    return true;
  }

  resize(maxPolicies: number): void {
    this.maxPolicies = maxPolicies;
    while (this.kept.length > maxPolicies) {
      const gone = this.#expendable() ?? this.kept[0];
      this.kept = this.kept.filter((each) => each !== gone);
    }
  }

  #expendable(): Kept | undefined {
    const quiet = this.kept.filter((each) => !this.#runs(each) || each.id.startsWith('retry'));
    return (
      quiet.find((each) => stateOf(each) === 'CLOSED') ??
      quiet.find((each) => breakerOf(each).retryAfter === 0)
    );
  }

  #runs({ policy }: Kept): boolean {
    return this.calls.some((each) => each.policy === policy);
  }
}

function breakerOf({ policy }: { readonly policy: unknown }): CircuitBreakerPolicy {
  return policy as CircuitBreakerPolicy;
}

function stateOf(kept: Kept): string {
  return kept.id.startsWith('retry') ? 'CLOSED' : breakerOf(kept).state;
}

/** A registry, driven by the same steps as its model. */
class Driver {
  readonly model = new Model();
  readonly clock = new ManualClock();
  readonly registry: PolicyRegistry;

  constructor() {
    const { clock } = this;
    const onWarning = (): void => {};
    this.registry = new PolicyRegistry({
      clock,
      onWarning,
      maxPolicies: this.model.maxPolicies,
      circuitBreaker: { cooldown },
    });
  }

  async step(step: Step): Promise<void> {
    switch (step.do) {
      case 'ask':
        this.#ask(step.kind, step.name);
        break;
      case 'call':
        this.#call(this.#ask('circuitBreaker', step.name));
        break;
      case 'open':
      case 'close':
        breakerOf({ policy: this.#ask('circuitBreaker', step.name) })[step.do]();
        break;
      case 'end':
        await this.model.calls.shift()?.call.succeed();
        break;
      case 'wait':
        await this.clock.advance(step.ms);
        break;
      case 'resize':
        this.registry.reload({ maxPolicies: step.maxPolicies, circuitBreaker: { cooldown } });
        this.model.resize(step.maxPolicies);
    }
  }

  #ask(kind: 'circuitBreaker' | 'retry', name: string): Policy<unknown> {
    const policy = this.registry[kind](name);
    if (policy.name === name && this.model.asked(`${kind} ${name}`, policy)) return policy;
    throw new Error(`${kind} ${name}: another policy than expected`);
  }

  #call(policy: Policy<unknown>): void {
    const call = hold(policy);
    if (call.ran) this.model.calls.push({ policy, call });
  }
}

describe('a registry', () => {
  it('keeps and forgets like a naive list, and never exceeds its bound', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const driver = new Driver();
        for (const step of steps) {
          await driver.step(step);
          expect(driver.registry.size).toBe(driver.model.kept.length);
          expect(driver.registry.size).toBeLessThanOrEqual(driver.model.maxPolicies);
        }
      }),
      runs(300),
    );
  });
});
