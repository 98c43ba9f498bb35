import { longestTimerMs } from '../../seams/clock.ts';
import type { Channel } from '../../events.ts';
import { emitRejected, labelOf } from '../../pipeline/emit-rejected.ts';
import { Rejection } from '../../pipeline/rejection.ts';
import type { GatedAttempt, Gate, Lane } from '../../pipeline/stage.ts';
import { Waiter, WaitQueue } from '../../pipeline/wait-queue.ts';
import { RateLimitExceededError } from './errors.ts';
import { Bucket, tolerance } from './machine.ts';
import type { RateLimiterRules } from './options.ts';

/**
 * A call at a rate limiter. One that waits is granted a permit when its time has come, and takes it
 * in a turn of its own; until then it may still go away.
 */
class Ticket extends Waiter {
  state: 'waiting' | 'granted' | 'running' = 'running';
  /** When it had its permit; `NaN` where nobody wanted to know. */
  startedAt: number = Number.NaN;
}

/** A rate limiter's part in a pipeline. */
export class RateLimiterGate implements Gate<Ticket> {
  readonly kind = 'gate';
  readonly interrupts = false;
  readonly rules: RateLimiterRules;
  readonly queue: WaitQueue = new WaitQueue();
  readonly #bucket: Bucket;
  readonly #channel: Channel;
  #timer: unknown = undefined;
  /** When the first in the queue should have its permit. */
  #dueAt = Infinity;
  /** How many calls were granted a permit and have not taken it yet. */
  #granted = 0;

  constructor(rules: RateLimiterRules, channel: Channel) {
    this.rules = rules;
    this.#channel = channel;
    this.#bucket = new Bucket(rules);
  }

  lane(): Lane | undefined {
    if (this.#channel.active || this.queue.length + this.#granted > 0) return undefined;
    const now = this.#channel.clock.now();
    if (this.#bucket.waitFor(0, now) > 0) return undefined;
    this.#bucket.take(now);
    return passing;
  }

  enter(gated: GatedAttempt): Ticket | Rejection {
    const now = this.#channel.clock.now();
    const ticket = new Ticket(gated);
    const wait = this.#bucket.waitFor(this.queue.length, now);
    if (wait === 0 && this.queue.length === 0) {
      this.#bucket.take(now);
      // Not before those who waited, and come to their permits only now.
      if (this.#granted > 0 && gated.canWait) this.#grant(ticket);
      else this.#begin(ticket, now);
      return ticket;
    }
    const { maxWait } = this.rules;
    if (!gated.canWait || wait > maxWait + tolerance) {
      return new Rejection(this.#rejection(wait, gated));
    }
    ticket.state = 'waiting';
    this.queue.add(ticket);
    ticket.waited = undefined;
    if (this.#channel.active) ticket.queuedAt = this.#channel.clock.now();
    if (this.queue.length === 1) this.#arm(wait, now);
    const { attempt } = gated;
    if (this.#channel.active) this.#channel.emit('queued', { attempt }, ticket);
    return ticket;
  }

  waits(ticket: Ticket): boolean {
    return ticket.state !== 'running';
  }

  turn(ticket: Ticket): undefined {
    this.#granted--;
    this.#begin(ticket, this.#channel.clock.now());
  }

  succeeded(ticket: Ticket): void {
    this.#channel.ended(ticket.gated.attempt, ticket.startedAt, undefined, ticket);
  }

  failed(ticket: Ticket, error: unknown): void {
    this.#channel.ended(ticket.gated.attempt, ticket.startedAt, { error }, ticket);
  }

  /**
   * Who waits leaves the queue, and those behind move up; a permit that was used is spent, one that
   * was only granted goes back.
   */
  abandoned(ticket: Ticket): boolean {
    if (ticket.state === 'waiting') this.#dequeue(ticket);
    if (ticket.state === 'granted') {
      this.#granted--;
      this.released();
    }
    return true;
  }

  /** A permit is given back unused. */
  released(): void {
    this.#bucket.refund();
    this.#handOut();
  }

  /** Milliseconds until a call would have a permit; 0 for now. */
  retryAfter(): number {
    return this.#bucket.waitFor(this.queue.length, this.#channel.clock.now());
  }

  /** How many calls could begin now. */
  available(): number {
    return this.queue.length > 0 ? 0 : this.#bucket.available(this.#channel.clock.now());
  }

  /** Keeps a permit, which was taken, for a call that takes it in its own turn. */
  #grant(ticket: Ticket): void {
    this.#granted++;
    ticket.state = 'granted';
    ticket.gated.wake();
  }

  #begin(ticket: Ticket, now: number): void {
    ticket.state = 'running';
    if (!this.#channel.active) return;
    ticket.startedAt = now;
    if (!Number.isNaN(ticket.queuedAt)) ticket.waited = now - ticket.queuedAt;
  }

  #dequeue(ticket: Ticket): void {
    this.queue.remove(ticket);
    if (this.queue.length === 0) this.#disarm();
  }

  /** The timer fired, late as timers are. */
  readonly #wake = (): void => {
    this.#timer = undefined;
    const now = this.#channel.clock.now();
    if (now > this.#dueAt) this.#bucket.late(now - this.#dueAt, now);
    this.#handOut(now);
  };

  /**
   * Hands the permits that are there now to those who wait, and waits for the next: those that come
   * meanwhile too, since timers have to run between them however long the queue is.
   */
  #handOut(now: number = this.#channel.clock.now()): void {
    this.#disarm();
    const { queue } = this;
    while (queue.first !== undefined) {
      const wait = this.#bucket.waitFor(0, now);
      if (wait > 0) {
        this.#arm(wait, now);
        break;
      }
      const next = queue.first as Ticket;
      queue.remove(next);
      this.#bucket.take(now);
      this.#grant(next);
    }
    if (queue.first === undefined) this.#bucket.served(now);
  }

  #arm(wait: number, now: number): void {
    this.#disarm();
    this.#dueAt = this.#bucket.dueAt(now);
    this.#timer = this.#channel.clock.setTimeout(this.#wake, Math.min(wait, longestTimerMs));
  }

  #disarm(): void {
    if (this.#timer === undefined) return;
    this.#channel.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #rejection(retryAfter: number, gated: GatedAttempt): RateLimitExceededError {
    const channel = this.#channel;
    const message = `The rate limiter${labelOf(channel)} has no permit within maxWait`;
    return emitRejected(
      channel,
      new RateLimitExceededError(message, retryAfter, channel.policyName),
      gated,
    );
  }
}

/** Outcomes don't concern a rate limiter. */
const passing: Lane = {
  value: (value) => value,
  error: (error) => {
    throw error;
  },
  failed: (error) => error,
};
