import { contextOf } from './call.ts';
import type { Call, CallContext } from './call.ts';
import { isThenable, leave } from '../support/foreign.ts';
import { rejectSoon } from '../support/reject-soon.ts';
import { LateScope } from './late-scope.ts';
import type { InnerScope, Scope } from './scope.ts';
import { Rejection } from './rejection.ts';
import type { GateRun, GatedAttempt, Reactor, Rerun } from './stage.ts';
import { isSyncMisuse, syncMisuse } from '../support/sync-misuse.ts';

/**
 * One attempt on its way through a run of gates: in through the outermost gate first, then the function (or
 * the plan further in), then out through the innermost gate first.
 *
 * It is the scope of what runs inside it, and its gates learn of an abort of the scope around it. Each gate's ticket is settled exactly once, whatever path the attempt takes:
 *
 * - the function settles: so do all remaining tickets, innermost first;
 * - a gate gives the attempt up: the gates inside it abandon their tickets, those outside see a failure;
 * - the scope around is cancelled: all gates abandon their tickets. If the attempt can be interrupted or
 *   waits in a queue, its caller gets the reason at once;
 * - a gate rejects the attempt: the gates outside it see the rejection.
 *
 * A gate that must know when the function really ends (a bulkhead) keeps an abandoned ticket, and settles
 * it later.
 *
 * Its members are private to the compiler only, as in the scopes: with native private members, V8 takes
 * five times as long to make an attempt.
 */
export class Attempt extends LateScope implements GatedAttempt, Rerun {
  readonly attempt: number;
  canWait = true;
  stamp = 0;
  /** The gate that is being entered. */
  position = 0;
  private readonly segment: GateRun;
  private readonly call: Call;
  private reactor: Reactor | undefined = undefined;
  /** By gate; `undefined` if the attempt has not reached the gate, or the ticket is settled. */
  private readonly tickets: unknown[];
  /** Whether the function has started and not settled. */
  private running = false;
  private failed = false;
  private result: unknown = undefined;
  /** If the attempt can end before its function: triggers the reaction that settles the promise. */
  private conclude: (() => void) | undefined = undefined;
  /** Ends the attempt before its function, once that is certain. */
  private ending: (() => void) | undefined = undefined;
  /** While it waits at a gate: triggers the reaction in which it continues. */
  private resume: (() => void) | undefined = undefined;
  /** Whether it was woken before it started to wait. */
  private woken = false;

  constructor(segment: GateRun, call: Call, scope: Scope | undefined, attempt: number) {
    super(scope);
    this.segment = segment;
    // The size is known, so the array never has to grow.
    this.tickets = new Array<unknown>(segment.gates.length);
    this.call = call;
    this.attempt = attempt;
  }

  /** Lets a reactor decide about the outcome. */
  under(reactor: Reactor): this {
    this.reactor = reactor;
    this.stamp = reactor.begin();
    return this;
  }

  /** Runs the attempt; never throws. */
  run(): Promise<unknown> {
    let entered: boolean;
    try {
      entered = this.enter();
    } catch (error) {
      this.settle(true, error);
      return this.answered();
    }
    if (this.over) return this.answered();
    if (this.segment.interrupts) return this.runWatched(entered);
    return entered ? this.runAwaited() : this.wait(() => this.afterWait());
  }

  /** Runs the attempt synchronously; throws its error. */
  runSync(): unknown {
    this.canWait = false;
    let result: unknown;
    let failed = false;
    try {
      if (!this.enter()) return this.answerSync();
      this.running = true;
      result = this.segment.inner.runSync(this.call, this.attempt);
    } catch (error) {
      result = error;
      failed = true;
    }
    const misused = failed && isSyncMisuse(result);
    // It says nothing about the dependency, and no reactor may replace it.
    if (misused) this.abandon(result, 0);
    this.settle(failed, result);
    if (misused) throw result;
    return this.answerSync();
  }

  get callId(): number {
    return this.call.callId;
  }

  get data(): unknown {
    return this.call.data;
  }

  context(): CallContext {
    return contextOf(this.innerScope(), this.attempt, this.data);
  }

  again(attempt: number): Promise<unknown> {
    return this.segment.once(this.call, this.scope, attempt);
  }

  wake(): void {
    if (this.resume === undefined) this.woken = true;
    else this.resume();
  }

  giveUp(position: number, error: unknown, tell: () => void): void {
    this.endBy(() => {
      this.tickets[position] = undefined;
      // A listener may abort the call now, which is too late.
      this.unwatch();
      this.abandon(error, position + 1);
      this.cancel(error);
      tell();
      this.settleOutside(error);
    });
  }

  /** The scope around was cancelled. */
  override cancelled(reason: unknown): void {
    // A gate gave it up before; the end follows in the next microtask.
    if (this.ending !== undefined) return;
    this.abandon(reason, 0);
    this.cancel(reason);
    // If nothing can interrupt the function, the caller waits until it responds to its signal.
    if (this.conclude === undefined) this.resume?.();
    else {
      this.endBy(() => {
        this.settleOutside(reason);
      });
    }
  }

  protected override switched(off: boolean): boolean {
    let expired = super.switched(off);
    this.segment.gates.forEach((gate, i) => {
      const ticket = this.tickets[i];
      if (ticket === undefined) return;
      if (off) gate.disarm?.(ticket);
      // If several have expired, the outermost one alone ends the call.
      else expired ||= gate.rearm?.(ticket) === true;
    });
    return expired;
  }

  /** The scope of the function: the attempt itself, so that its signal is not shared. */
  private innerScope(): InnerScope | undefined {
    return this.segment.interrupts || this.scope !== undefined ? this : undefined;
  }

  /**
   * Enters the gates from `position` on. Returns true if all admitted the attempt; false if it waits at one,
   * or one rejected it, which ends it.
   */
  private enter(): boolean {
    const { gates } = this.segment;
    for (; this.position < gates.length; this.position++) {
      const gate = gates[this.position]!;
      const ticket = gate.enter(this);
      if (ticket instanceof Rejection) {
        this.settle(true, ticket.error);
        return false;
      }
      this.tickets[this.position] = ticket;
      if (this.look()) this.leave();
      if (gate.waits?.(ticket) === true) return false;
    }
    return true;
  }

  private start(): Promise<unknown> {
    this.running = true;
    const result = this.segment.inner.run(this.call, this.innerScope(), this.attempt);
    if (this.scope !== undefined) this.listenSoon();
    return result;
  }

  /** Runs the function and waits for it in any case. */
  private runAwaited(): Promise<unknown> {
    return this.start().then(
      (value) => this.finish(false, value),
      (error: unknown) => this.finish(true, error),
    );
  }

  /** Runs the function, after a wait if necessary, in an attempt that may end earlier. */
  private runWatched(entered: boolean): Promise<unknown> {
    const answer = new Promise<void>((resolve) => {
      this.conclude = resolve;
    }).then(() => {
      this.endEarly();
      return this.answer();
    });
    if (entered) this.launch();
    else this.waitWatched();
    return answer;
  }

  private launch(): void {
    void this.start().then(
      (value) => {
        this.arrived(false, value);
      },
      (error: unknown) => {
        this.arrived(true, error);
      },
    );
  }

  /** Waits until a gate wakes it or its caller aborts, and then continues with `react`. */
  private wait(react: () => unknown): Promise<unknown> {
    const turn = new Promise<void>((resolve) => {
      this.resume = resolve;
    });
    this.listen();
    if (this.woken) this.resume!();
    this.woken = false;
    return turn.then(react);
  }

  /** Continues after a wait in a queue; returns the result of the attempt. */
  private afterWait(): unknown {
    const entered = this.afterTurn();
    if (entered === undefined) return this.answer();
    return entered ? this.runAwaited() : this.wait(() => this.afterWait());
  }

  private waitWatched(): void {
    void this.wait(() => {
      // If it has ended meanwhile, its tickets are settled already.
      if (this.over || this.ending !== undefined) return;
      const entered = this.afterTurn();
      if (entered === undefined) this.conclude!();
      else if (entered) this.launch();
      else this.waitWatched();
    });
  }

  /** Whether all gates have admitted it, or it waits again; `undefined` if it has ended. */
  private afterTurn(): boolean | undefined {
    try {
      // If it was cancelled while it waited, its tickets are settled.
      if (this.aborted) this.settle(true, this.reason);
      else if (this.takeTurn()) return true;
    } catch (error) {
      this.settle(true, error);
    }
    return this.over ? undefined : false;
  }

  /** The gate admits it, and it enters the next ones; or the gate rejects it, which ends it. */
  private takeTurn(): boolean {
    const { position } = this;
    const rejection = this.segment.gates[position]!.turn!(this.tickets[position]);
    if (rejection !== undefined) {
      this.tickets[position] = undefined;
      this.settle(true, rejection.error);
      return false;
    }
    if (this.look()) this.leave();
    this.position++;
    return this.enter();
  }

  /** A listener aborted the call while a gate admitted it. */
  private leave(): never {
    this.abandon(this.reason, 0);
    throw this.reason;
  }

  /** The function settled, in an attempt that may have ended before. */
  private arrived(failed: boolean, result: unknown): void {
    this.look();
    this.endEarly();
    this.running = false;
    this.settle(failed, result);
    this.conclude!();
  }

  /** The function settled, in an attempt that waits for it in any case. */
  private finish(failed: boolean, result: unknown): unknown {
    this.look();
    this.running = false;
    this.settle(failed, result);
    return this.answer();
  }

  /** Ends the attempt before its function, once: not immediately, but in its own context. */
  private endBy(end: () => void): void {
    if (this.over || this.ending !== undefined) return;
    this.ending = end;
    this.conclude!();
  }

  private endEarly(): void {
    const { ending } = this;
    if (ending === undefined) return;
    this.ending = undefined;
    ending();
  }

  /** A promise for an outcome that is known already. */
  private answered(): Promise<unknown> {
    if (this.reactor === undefined) return rejectSoon(this.result);
    try {
      return Promise.resolve(this.answer());
    } catch (thrown) {
      return rejectSoon(thrown);
    }
  }

  /** Settles the remaining tickets with an outcome, and stores the resulting outcome. */
  private settle(failed: boolean, result: unknown, from: number = this.tickets.length - 1): void {
    const { gates } = this.segment;
    const tickets = this.tickets;
    for (let i = from; i >= 0; i--) {
      const ticket = tickets[i];
      if (ticket === undefined) continue;
      tickets[i] = undefined;
      try {
        if (failed) gates[i]!.failed(ticket, result);
        else gates[i]!.succeeded(ticket, result);
      } catch (error) {
        // A predicate threw: the caller gets its error, which is a failure for the outer gates.
        failed = true;
        result = error;
      }
      // A listener may have aborted the call.
      this.look();
      if (this.ending !== undefined) this.endEarly();
    }
    if (this.over) return;
    this.over = true;
    this.failed = failed;
    this.result = result;
    this.close();
  }

  /** Abandons the tickets of the gates from `from` inwards. */
  private abandon(reason: unknown, from: number): void {
    const { gates } = this.segment;
    const tickets = this.tickets;
    for (let i = tickets.length - 1; i >= from; i--) {
      const ticket = tickets[i];
      if (ticket !== undefined && gates[i]!.abandoned(ticket, reason)) tickets[i] = undefined;
    }
  }

  /**
   * Ends the attempt with an error that came before its function ended. If the function still runs, the
   * innermost gate that can interrupt it ends the attempt now, so the tickets outside that gate are
   * settled; those further in are settled when the function ends.
   */
  private settleOutside(error: unknown): void {
    const { lastInterrupt } = this.segment;
    this.settle(true, error, this.running ? lastInterrupt - 1 : this.tickets.length - 1);
  }

  /** Returns or throws the result of the call; a reactor decides last. */
  private answer(): unknown {
    const reactor = this.reactor;
    if (this.failed) {
      if (reactor === undefined) throw this.result;
      return reactor.afterError(this.result, this);
    }
    return reactor?.judgesValues === true ? reactor.afterValue(this.result, this) : this.result;
  }

  private answerSync(): unknown {
    const answer = this.answer();
    const promised = this.reactor?.promised;
    if (promised === undefined || !isThenable(answer)) return answer;
    leave(answer);
    throw syncMisuse(promised);
  }
}
