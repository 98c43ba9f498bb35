import { Attempt } from './attempt.ts';
import { invocation, runInLane } from './invocation.ts';
import type { Call } from './call.ts';
import type { Scope } from './scope.ts';
import type { Gate, GateRun, Lane, Plan, Reactor, Rerun } from './stage.ts';
import { syncMisuse } from '../support/sync-misuse.ts';

/**
 * A part of a pipeline that shares one attempt and one promise: a reactor, if there is one, and the
 * run of gates inside it. Compiled once; a pipeline has one segment for each reactor or wrapper.
 *
 * A call takes the fastest path that the state of its gates allows. A single gate that admits through its
 * lane, without a signal that could cancel the call, costs one `then`. Otherwise an `Attempt` is made.
 */
export class Segment implements Plan, GateRun {
  readonly gates: readonly Gate[];
  readonly inner: Plan;
  /** The index of the innermost gate that can interrupt an attempt; -1 if none can. */
  readonly lastInterrupt: number;
  readonly #reactor: Reactor | undefined;
  /** The gate, if there is just one. */
  readonly #sole: Gate | undefined;
  /** Whether its gates are right around the function. */
  readonly #innermost: boolean;

  constructor(reactor: Reactor | undefined, gates: readonly Gate[], inner: Plan) {
    this.#reactor = reactor;
    // A copy, because an array that has grown takes more memory than it needs.
    this.gates = gates.slice();
    this.inner = inner;
    this.lastInterrupt = gates.map((gate) => gate.interrupts).lastIndexOf(true);
    this.#sole = gates.length === 1 ? gates[0] : undefined;
    this.#innermost = inner === invocation;
  }

  /** Whether one of the gates can end an attempt before its function settles. */
  get interrupts(): boolean {
    return this.lastInterrupt !== -1;
  }

  lane(): Lane | undefined {
    const alone = this.#innermost && this.#reactor === undefined;
    return alone ? this.#sole?.lane?.() : undefined;
  }

  run(call: Call, scope: Scope | undefined, attempt: number): Promise<unknown> {
    // Each path is its own method, because engines only inline short ones.
    return this.#reactor === undefined
      ? this.once(call, scope, attempt)
      : this.#react(call, scope, attempt);
  }

  /** Runs the call through the gates, without the reactor. */
  once(call: Call, scope: Scope | undefined, attempt: number): Promise<unknown> {
    const lane = scope === undefined ? this.#sole?.lane?.() : undefined;
    if (lane !== undefined) {
      return this.#innermost
        ? runInLane(lane, call, attempt)
        : this.inner.run(call, undefined, attempt).then(lane.value, lane.error);
    }
    if (scope === undefined && this.gates.length === 0) {
      return this.inner.run(call, undefined, attempt);
    }
    return new Attempt(this, call, scope, attempt).run();
  }

  #react(call: Call, scope: Scope | undefined, attempt: number): Promise<unknown> {
    const reactor = this.#reactor!;
    const lane = scope === undefined ? this.#sole?.lane?.() : undefined;
    if (lane === undefined && (this.gates.length !== 0 || scope !== undefined)) {
      return new Attempt(this, call, scope, attempt).under(reactor).run();
    }
    const stamp = reactor.begin();
    return this.inner
      .run(call, undefined, attempt)
      .then(
        reactor.judgesValues
          ? (value) =>
              reactor.afterValue(
                lane === undefined ? value : lane.value(value),
                new LightRerun(this, call, stamp, attempt),
              )
          : lane?.value,
        (error: unknown) =>
          reactor.afterError(
            lane === undefined ? error : lane.failed(error),
            new LightRerun(this, call, stamp, attempt),
          ),
      );
  }

  runSync(call: Call, attempt: number): unknown {
    const reactor = this.#reactor;
    if (this.interrupts || (reactor !== undefined && reactor.promised === undefined)) {
      throw syncMisuse('one of the policies would have to wait; use execute');
    }
    const run = new Attempt(this, call, undefined, attempt);
    return (reactor === undefined ? run : run.under(reactor)).runSync();
  }
}

/** The `Rerun` of a call that needed no `Attempt`. */
class LightRerun implements Rerun {
  readonly stamp: number;
  readonly attempt: number;
  readonly #segment: Segment;
  readonly #call: Call;

  constructor(segment: Segment, call: Call, stamp: number, attempt: number) {
    this.#segment = segment;
    this.#call = call;
    this.stamp = stamp;
    this.attempt = attempt;
  }

  get callId(): number {
    return this.#call.callId;
  }

  /** Such a call cannot be cancelled. */
  get scope(): undefined {
    return undefined;
  }

  again(attempt: number): Promise<unknown> {
    return this.#segment.once(this.#call, undefined, attempt);
  }
}
