import type { Channel } from '../../events.ts';
import { emitRejected, labelOf } from '../../pipeline/emit-rejected.ts';
import { Alarm } from '../../support/alarm.ts';
import { noGates } from '../../pipeline/lanes.ts';
import type { Rejection } from '../../pipeline/rejection.ts';
import type { GatedAttempt, Gate, Lane } from '../../pipeline/stage.ts';
import { Waiter, WaitQueue } from '../../pipeline/wait-queue.ts';
import { RateLimitExceededError } from './errors.ts';
import { Bucket, toleranceMs } from './machine.ts';
import type { RateLimiterRules } from './options.ts';

/**
 * A call at a rate limiter. A call that waits is granted a permit when its turn comes, and takes it later,
 * in its own async context. Until then it may still be cancelled.
 */
class Ticket extends Waiter {
  state: 'waiting' | 'granted' | 'running' = 'running';
  /** When it took its permit; `NaN` if nobody needs to know. */
  startedAt: number = Number.NaN;
}

/** Admits calls while there are permits, and queues the others. */
export class RateLimiterGate implements Gate<Ticket> {
  readonly kind = 'gate';
  readonly interrupts = false;
  readonly rules: RateLimiterRules;
  readonly queue: WaitQueue = new WaitQueue();
  readonly #bucket: Bucket;
  readonly #channel: Channel;
  /** Outcomes don't concern a rate limiter. */
  readonly #lane: Lane = {
    ...noGates,
    undo: () => {
      this.released();
    },
  };
  readonly #alarm: Alarm;
  /** When the first call in the queue is due its permit. */
  #dueAt = Infinity;
  /** How many calls were granted a permit and have not taken it yet. */
  #granted = 0;

  constructor(rules: RateLimiterRules, channel: Channel) {
    this.rules = rules;
    this.#channel = channel;
    this.#bucket = new Bucket(rules);
    this.#alarm = new Alarm(channel.clock, () => {
      this.#wake();
    });
  }

  lane(): Lane | undefined {
    if (this.#channel.active || this.queue.length + this.#granted > 0) return undefined;
    const now = this.#channel.clock.now();
    if (this.#bucket.waitFor(0, now) > 0) return undefined;
    this.#bucket.take(now);
    return this.#lane;
  }

  enter(gated: GatedAttempt): Ticket | Rejection {
    const now = this.#channel.clock.now();
    const ticket = new Ticket(gated);
    const waitMs = this.#bucket.waitFor(this.queue.length, now);
    if (waitMs === 0 && this.queue.length === 0) {
      this.#bucket.take(now);
      // It must not overtake calls that were granted a permit and have not taken it yet.
      if (this.#granted > 0 && gated.canWait) this.#grant(ticket);
      else this.#begin(ticket, now);
      return ticket;
    }
    const { maxWait } = this.rules;
    if (!gated.canWait || waitMs > maxWait + toleranceMs) {
      return this.#rejection(waitMs, gated);
    }
    ticket.state = 'waiting';
    this.queue.add(ticket);
    ticket.waited = undefined;
    if (this.#channel.active) ticket.queuedAt = this.#channel.clock.now();
    if (this.queue.length === 1) this.#arm(waitMs, now);
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

  /** A waiting call leaves the queue. A permit that was granted but not taken yet is refunded. */
  abandoned(ticket: Ticket): boolean {
    if (ticket.state === 'waiting') this.#dequeue(ticket);
    if (ticket.state === 'granted') {
      this.#granted--;
      this.released();
    }
    return true;
  }

  /** Refunds a permit that was not used. */
  released(): void {
    this.#bucket.refund();
    this.#grantAvailable();
  }

  /** How long a call would have to wait now, in ms. */
  retryAfter(): number {
    return this.#bucket.waitFor(this.queue.length, this.#channel.clock.now());
  }

  /** How many calls could start now. */
  available(): number {
    return this.queue.length > 0 ? 0 : this.#bucket.available(this.#channel.clock.now());
  }

  /** Gives a call a permit that was taken from the bucket; the call takes it in its own turn. */
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
    if (this.queue.length === 0) this.#alarm.clear();
  }

  /** Called by the alarm, usually a little late. */
  #wake(): void {
    const now = this.#channel.clock.now();
    if (now > this.#dueAt) this.#bucket.late(now - this.#dueAt, now);
    this.#grantAvailable(now);
  }

  /**
   * Grants the available permits to the first calls in the queue, and sets a timer for the next permit.
   * Reads the time once: permits that become available meanwhile wait for the timer, so that other timers
   * of the program run in between, however long the queue is.
   */
  #grantAvailable(now: number = this.#channel.clock.now()): void {
    this.#alarm.clear();
    const { queue } = this;
    while (queue.first !== undefined) {
      const waitMs = this.#bucket.waitFor(0, now);
      if (waitMs > 0) {
        this.#arm(waitMs, now);
        break;
      }
      const next = queue.first as Ticket;
      queue.remove(next);
      this.#bucket.take(now);
      this.#grant(next);
    }
    if (queue.first === undefined) this.#bucket.served(now);
  }

  #arm(waitMs: number, now: number): void {
    this.#dueAt = this.#bucket.dueAt(now);
    this.#alarm.set(now + waitMs, now, waitMs);
  }

  #rejection(retryAfter: number, gated: GatedAttempt): Rejection {
    const channel = this.#channel;
    const message = `The rate limiter${labelOf(channel)} has no permit within maxWait`;
    return emitRejected(
      channel,
      new RateLimitExceededError(message, retryAfter, channel.policyName),
      gated,
    );
  }
}
