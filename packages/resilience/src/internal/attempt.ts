import { AttemptContext } from './call.ts';
import type { Call, CallContext } from './call.ts';
import { isThenable, rejectSoon } from './rejection.ts';
import { InnerScope } from './scope.ts';
import type { Scope } from './scope.ts';
import { Refusal } from './refusal.ts';
import type { Segment } from './segment.ts';
import type { Entry, Reactor, Rerun } from './stage.ts';
import { isSyncMisuse, syncMisuse } from './sync-misuse.ts';

/**
 * One attempt on its way through a run of gates: in from the outermost, then the function (or the
 * plan further in), then out again from the innermost.
 *
 * It is the scope of what runs inside it, and watches the scope around it, so that its gates hear of
 * an abort when it happens. Each gate's ticket is settled exactly once, whatever path the attempt
 * takes:
 *
 * - the function settles: every ticket that is left, innermost first;
 * - a gate gives the attempt up: those inside it are abandoned, those outside see a failure;
 * - the scope around is cancelled: all are abandoned, and where the attempt can be interrupted, or
 *   waits in a queue, its caller hears the reason at once;
 * - a gate refuses: those outside it see the rejection.
 *
 * A gate that must know when the function really ends (a bulkhead) keeps its ticket when it is
 * abandoned, and hears the end later.
 *
 * Its members are private to the compiler only, as in the scopes: with native ones, making an
 * attempt takes V8 five times as long.
 */
export class Attempt extends InnerScope implements Entry, Rerun {
  readonly attempt: number;
  canWait = true;
  /** What can cancel the call from outside. */
  readonly scope: Scope | undefined;
  stamp = 0;
  /** The gate that is being entered. */
  position = 0;
  private readonly segment: Segment;
  private readonly call: Call;
  private reactor: Reactor | undefined = undefined;
  /** By gate; nothing where the attempt has not come to it, or the ticket is settled. */
  private readonly tickets: unknown[];
  /** The function was started and has not settled. */
  private running = false;
  /** The outcome is known and has been handed on. */
  private over = false;
  private failed = false;
  private result: unknown = undefined;
  // Where the outcome can come before the function's: the promise made for it.
  private resolve: ((value: unknown) => void) | undefined = undefined;
  private reject: ((error: unknown) => void) | undefined = undefined;

  constructor(segment: Segment, call: Call, scope: Scope | undefined, attempt: number) {
    super();
    this.segment = segment;
    // Its size is known, so that it is allocated once.
    this.tickets = new Array<unknown>(segment.gates.length);
    this.call = call;
    this.scope = scope;
    this.attempt = attempt;
  }

  /** Gives the last word on the outcome to a reactor. */
  under(reactor: Reactor): this {
    this.reactor = reactor;
    this.stamp = reactor.begin();
    return this;
  }

  /** Runs the attempt; never throws. */
  run(): Promise<unknown> {
    const { scope } = this;
    if (scope !== undefined) {
      if (scope.aborted) return rejectSoon(scope.reason);
      this.watch(scope);
    }
    if (this.segment.interrupts) return this.defer(true);
    try {
      if (!this.enter()) return this.over ? this.answered() : this.defer(false);
    } catch (error) {
      this.settle(true, error);
      return this.answered();
    }
    return this.start().then(
      (value) => this.finish(false, value),
      (error: unknown) => this.finish(true, error),
    );
  }

  /** Runs it without a promise; throws what goes wrong. */
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
    // It says nothing about the dependency, and no reactor may answer for it.
    if (misused) this.abandon(result, 0);
    this.settle(failed, result);
    if (misused) throw result;
    return this.answerSync();
  }

  context(): CallContext {
    return new AttemptContext(this.innerScope(), this.attempt);
  }

  again(attempt: number): Promise<unknown> {
    return this.segment.once(this.call, this.scope, attempt);
  }

  admitted(): void {
    if (this.over) return;
    this.position++;
    this.advance();
  }

  refused(error: unknown): void {
    if (this.over) return;
    this.tickets[this.position] = undefined;
    this.settle(true, error);
    this.deliver();
  }

  giveUp(position: number, error: unknown, tell: () => void): void {
    if (this.over) return;
    this.tickets[position] = undefined;
    // A listener that is told of it may abort the call, which is too late.
    this.unwatch();
    this.abandon(error, position + 1);
    this.cancel(error);
    tell();
    this.settleOutside(error);
  }

  /** The scope around was cancelled. */
  override cancelled(reason: unknown): void {
    this.abandon(reason, 0);
    this.cancel(reason);
    if (this.resolve === undefined || this.over) return;
    // Where nothing can interrupt the function, the caller waits for it to heed its signal.
    if (this.running && !this.segment.interrupts) return;
    this.settleOutside(reason);
  }

  override disarm(): void {
    const { gates } = this.segment;
    for (let i = 0; i < gates.length; i++) {
      const ticket = this.tickets[i];
      if (ticket !== undefined) gates[i]!.disarm?.(ticket);
    }
    super.disarm();
  }

  /** What cancels the function: the attempt itself, so that its signal is nobody else's. */
  private innerScope(): Scope | undefined {
    return this.segment.interrupts || this.scope !== undefined ? this : undefined;
  }

  /**
   * Goes on through the gates from `position`; true when all are passed, false where one waits, or
   * refuses: then it is over.
   */
  private enter(): boolean {
    const { gates } = this.segment;
    for (; this.position < gates.length; this.position++) {
      const gate = gates[this.position]!;
      const ticket = gate.enter(this);
      if (ticket instanceof Refusal) {
        this.refused(ticket.error);
        return false;
      }
      this.tickets[this.position] = ticket;
      // A listener of the gate may have aborted the call while it was being let in.
      if (this.aborted) {
        this.abandon(this.reason, 0);
        throw this.reason;
      }
      if (gate.waits?.(ticket) === true) return false;
    }
    return true;
  }

  private start(): Promise<unknown> {
    this.running = true;
    return this.segment.inner.run(this.call, this.innerScope(), this.attempt);
  }

  private defer(enter: boolean): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      if (enter) this.advance();
    });
  }

  private advance(): void {
    try {
      if (!this.enter()) return;
    } catch (error) {
      this.arrived(true, error);
      return;
    }
    void this.start().then(
      (value) => {
        this.arrived(false, value);
      },
      (error: unknown) => {
        this.arrived(true, error);
      },
    );
  }

  /** The function settled, or a gate refused; the attempt may have been given up before. */
  private arrived(failed: boolean, result: unknown): void {
    this.running = false;
    this.settle(failed, result);
    this.deliver();
  }

  /** The function settled, in an attempt that waits for it in any case. */
  private finish(failed: boolean, result: unknown): unknown {
    this.running = false;
    this.settle(failed, result);
    return this.answer();
  }

  /** The outcome that is known before there is a promise for it. */
  private answered(): Promise<unknown> {
    if (this.reactor === undefined) return rejectSoon(this.result);
    try {
      return Promise.resolve(this.answer());
    } catch (thrown) {
      return rejectSoon(thrown);
    }
  }

  /** Settles the tickets that are left with an outcome, and notes what that makes of it. */
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
        // A predicate threw: that is what the caller gets, and a failure for the gates outside.
        failed = true;
        result = error;
      }
    }
    if (this.over) return;
    this.over = true;
    this.failed = failed;
    this.result = result;
    this.close();
  }

  /** Nobody waits for the gates from `from` inwards any more. */
  private abandon(reason: unknown, from: number): void {
    const { gates } = this.segment;
    const tickets = this.tickets;
    for (let i = tickets.length - 1; i >= from; i--) {
      const ticket = tickets[i];
      if (ticket !== undefined && gates[i]!.abandoned(ticket, reason)) tickets[i] = undefined;
    }
  }

  /**
   * Ends the attempt with an error that came before the function's end. Where that runs on, the
   * innermost gate that can interrupt it rejects at once, so tickets outside that gate are settled;
   * those further in hear the end later.
   */
  private settleOutside(error: unknown): void {
    const { lastInterrupt } = this.segment;
    this.settle(true, error, this.running ? lastInterrupt - 1 : this.tickets.length - 1);
    this.deliver();
  }

  /** What the caller gets, by return or throw; a reactor has the last word. */
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
    if (promised !== undefined && isThenable(answer)) throw syncMisuse(promised);
    return answer;
  }

  /**
   * Hands the outcome on, once: a listener that hears of it may end the attempt meanwhile. Where a
   * gate refuses at once there is no promise to hand it to yet.
   */
  private deliver(): void {
    const { resolve } = this;
    if (resolve === undefined) return;
    this.resolve = undefined;
    let answer: unknown;
    try {
      answer = this.answer();
    } catch (error) {
      this.reject!(error);
      return;
    }
    resolve(answer);
  }
}
