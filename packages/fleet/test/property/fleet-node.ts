import { CircuitBreakerPolicy, CircuitOpenError } from '@highway/resilience';
import type { CircuitBreakerOptions, Clock, Random } from '@highway/resilience';
import { Fleet } from '@highway/fleet';
import type { Trip } from '@highway/fleet';
import { assert } from 'vitest';
import { Link } from './network.ts';
import type { Network } from './network.ts';
import { NodeClock } from './node-clock.ts';

export const circuit = 'payments';
export const syncInterval = 500;
export const trialCalls = 4 as const;

/** The options of every simulated breaker: opens at 2 failures of 4, closes at 3 successes of 4. */
const breakerRules: CircuitBreakerOptions = {
  failureThreshold: '2/4',
  successThreshold: `3/${trialCalls}`,
  cooldown: '5s',
};

/** The parameters of a simulated process. */
export interface NodePlan {
  readonly id: string;
  readonly trip: Trip;
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
}

/** A process of a fleet: the real `Fleet` with a real breaker on a simulated network. */
export class FleetNode {
  readonly plan: NodePlan;
  readonly process: NodeClock;
  readonly link: Link;
  readonly fleet: Fleet;
  readonly breaker: CircuitBreakerPolicy;
  callsUnderWay = 0;

  constructor(plan: NodePlan) {
    const { id, trip, clock, random, network } = plan;
    this.plan = plan;
    this.process = new NodeClock(clock);
    this.link = new Link(network, this.process);
    this.fleet = new Fleet({
      store: this.link,
      nodeId: id,
      syncInterval,
      clock: this.process,
      random,
    });
    const breaker = new CircuitBreakerPolicy({
      name: circuit,
      clock: this.process,
      ...breakerRules,
    });
    this.breaker = this.fleet.attach(breaker, { trip });
    void this.fleet.join();
  }

  /** Whether it can make calls. */
  get runs(): boolean {
    return !this.process.paused && !this.process.dead;
  }

  /** Whether its breaker uses trial slots of the fleet. */
  get testsForFleet(): boolean {
    const { fleet, breaker } = this;
    const led = fleet.status === 'connected' && fleet.states.get(circuit) !== 'CLOSED';
    return led && breaker.state === 'HALF_OPEN';
  }

  /**
   * Makes a call of that duration. It must begin or be rejected at once, and end when the dependency
   * answers, whatever happens to the store.
   */
  async call(dependency: { readonly ms: number; readonly healthy: boolean }, begins: () => void) {
    const { clock } = this.plan;
    const asked = clock.now();
    let answered = Number.NaN;
    this.callsUnderWay++;
    const outcome = await this.breaker.executeOutcome(() => {
      assert.strictEqual(clock.now(), asked, 'a call waited');
      begins();
      return new Promise<string>((resolve, reject) => {
        const answer = (): void => {
          this.process.run(() => {
            answered = clock.now();
            if (dependency.healthy) resolve('fine');
            else reject(new Error('down'));
          });
        };
        if (dependency.ms === 0) answer();
        else clock.setTimeout(answer, dependency.ms);
      });
    });
    this.callsUnderWay--;
    if (outcome.ok) assert.strictEqual(outcome.value, 'fine');
    else if (outcome.error instanceof CircuitOpenError) answered = asked;
    else assert.strictEqual((outcome.error as Error).message, 'down');
    assert.strictEqual(clock.now(), answered, 'an answer waited');
  }
}
