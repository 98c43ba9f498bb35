import { rejectSoon } from '../support/reject-soon.ts';
import { Attempt } from './attempt.ts';
import { invocation, runInLane } from './invocation.ts';
import { LaneAttempt } from './lane-attempt.ts';
import { LaneGroup, noGates } from './lanes.ts';
import type { Call } from './call.ts';
import type { Scope } from './scope.ts';
import type { Gate, GateRun, Lane, Plan, Reactor, Rerun } from './stage.ts';
import { syncMisuse } from '../support/sync-misuse.ts';

/**
 * A part of a pipeline that shares one attempt and one promise: a reactor, if there is one, and the
 * run of gates inside it. Compiled once; a pipeline has one segment for each reactor or wrapper.
 *
 * A call takes the fastest path that the state of its gates allows. If all of them admit it through their
 * lanes, it costs one `then`, or a `LaneAttempt` if something can cancel it. Otherwise it needs an `Attempt`.
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
  /** The gates, if there are several that may all admit an attempt without a ticket. */
  readonly #group: LaneGroup | undefined;

  constructor(reactor: Reactor | undefined, gates: readonly Gate[], inner: Plan) {
    this.#reactor = reactor;
    // A copy, because an array that has grown takes more memory than it needs.
    this.gates = gates.slice();
    this.inner = inner;
    this.lastInterrupt = gates.map((gate) => gate.interrupts).lastIndexOf(true);
    this.#sole = gates.length === 1 ? gates[0] : undefined;
    this.#innermost = inner === invocation;
    const joins = gates.length > 1 && gates.every((gate) => gate.lane && !gate.interrupts);
    this.#group = joins ? new LaneGroup(this.gates) : undefined;
  }

  /** Whether one of the gates can end an attempt before its function settles. */
  get interrupts(): boolean {
    return this.lastInterrupt !== -1;
  }

  lane(cancellable: boolean): Lane | undefined {
    const alone = this.#innermost && this.#reactor === undefined;
    return alone ? this.#admit(cancellable) : undefined;
  }

  run(call: Call, scope: Scope | undefined, attempt: number): Promise<unknown> {
    // Each path is its own method, because engines only inline short ones.
    const reactor = this.#reactor;
    if (scope !== undefined) return this.#runIn(scope, call, attempt, reactor);
    return reactor === undefined ? this.#run(call, attempt) : this.#react(reactor, call, attempt);
  }

  /** Runs the call through the gates, without the reactor. */
  once(call: Call, scope: Scope | undefined, attempt: number): Promise<unknown> {
    return scope === undefined ? this.#run(call, attempt) : this.#runIn(scope, call, attempt);
  }

  /** Runs a call that nothing can cancel from outside. */
  #run(call: Call, attempt: number): Promise<unknown> {
    const lane = this.#admit(false);
    if (lane !== undefined) {
      return this.#innermost
        ? runInLane(lane, call, attempt)
        : this.inner.run(call, undefined, attempt).then(lane.value, lane.error);
    }
    if (this.gates.length === 0) return this.inner.run(call, undefined, attempt);
    return new Attempt(this, call, undefined, attempt).run();
  }

  #react(reactor: Reactor, call: Call, attempt: number): Promise<unknown> {
    const lane = this.#admit(false);
    if (lane === undefined && this.gates.length !== 0) {
      return new Attempt(this, call, undefined, attempt).under(reactor).run();
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

  #runIn(scope: Scope, call: Call, attempt: number, reactor?: Reactor): Promise<unknown> {
    if (scope.aborted) return rejectSoon(scope.reason);
    const lane = this.gates.length === 0 ? noGates : this.#admit(true);
    if (lane !== undefined) {
      return new LaneAttempt(this, call, scope, attempt).run(lane, reactor);
    }
    const run = new Attempt(this, call, scope, attempt);
    return (reactor === undefined ? run : run.under(reactor)).run();
  }

  /** Admits an attempt through the lanes of all gates, or through none. */
  #admit(cancellable: boolean): Lane | undefined {
    const sole = this.#sole;
    return sole === undefined ? this.#group?.admit(cancellable) : sole.lane?.(cancellable);
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

  get data(): unknown {
    return this.#call.data;
  }

  /** Such a call cannot be cancelled. */
  get scope(): undefined {
    return undefined;
  }

  again(attempt: number): Promise<unknown> {
    return this.#segment.once(this.#call, undefined, attempt);
  }
}
