import type { Channel } from '../../events.ts';
import { Deadlines } from '../../support/deadlines.ts';
import type { Deadline } from '../../support/deadlines.ts';
import { anonymousAttempt } from '../../pipeline/permit.ts';
import { emitRejected, labelOf } from '../../pipeline/emit-rejected.ts';
import type { Rejection } from '../../pipeline/rejection.ts';
import type { GatedAttempt, Gate, Lane } from '../../pipeline/stage.ts';
import { Waiter, WaitQueue } from '../../pipeline/wait-queue.ts';
import { BulkheadFullError } from './errors.ts';
import type { BulkheadRules } from './options.ts';

/**
 * A call in a bulkhead. A call that waits is granted a slot by the call that frees it, and takes the slot
 * later, in its own async context. Until then it may still be cancelled.
 */
class Ticket extends Waiter implements Deadline {
  index = -1;
  at: number = Number.POSITIVE_INFINITY;
  state: 'waiting' | 'granted' | 'expired' | 'running' = 'running';
  startedAt: number = Number.NaN;
  /** Whether it was given up while its function ran: nobody learns of its outcome, so no event tells it. */
  givenUp = false;
  private readonly gate: BulkheadGate;

  constructor(gate: BulkheadGate, gated: GatedAttempt) {
    super(gated);
    this.gate = gate;
  }

  /** Called when `maxWait` is over. */
  expire(): void {
    this.gate.expire(this);
  }
}

/** Admits calls while slots are free, and queues the others. */
export class BulkheadGate implements Gate<Ticket> {
  readonly kind = 'gate';
  readonly interrupts = false;
  readonly rules: BulkheadRules;
  /** How many calls hold a slot. */
  held = 0;
  readonly queue: WaitQueue = new WaitQueue();
  readonly #channel: Channel;
  readonly #deadlines: Deadlines;
  readonly #lane: Lane;
  /** The shared ticket of all calls that got a slot at once while nobody listened. */
  #unobserved: Ticket | undefined = undefined;
  /** How many calls were granted a slot and have not taken it yet. */
  #granted = 0;

  constructor(rules: BulkheadRules, channel: Channel) {
    this.rules = rules;
    this.#channel = channel;
    this.#deadlines = new Deadlines(channel.clock);
    const freeSlot = (): void => {
      this.#freeSlot();
    };
    this.#lane = {
      value: (value) => {
        freeSlot();
        return value;
      },
      error: (error) => {
        freeSlot();
        throw error;
      },
      failed: (error) => {
        freeSlot();
        return error;
      },
      undo: freeSlot,
      // It holds its slot until the function ends.
      abandoned: () => this.#lane,
    };
  }

  lane(): Lane | undefined {
    if (!this.#hasFreeSlot() || this.#channel.active) return undefined;
    this.held++;
    return this.#lane;
  }

  enter(gated: GatedAttempt): Ticket | Rejection {
    const { maxQueued, maxWait } = this.rules;
    const free = this.#hasFreeSlot();
    const inTurn = this.#granted > 0 && gated.canWait;
    if (free && !inTurn && !this.#channel.active) {
      this.held++;
      return (this.#unobserved ??= new Ticket(this, anonymousAttempt));
    }
    const ticket = new Ticket(this, gated);
    if (free) {
      // It must not overtake calls that were granted a slot and have not taken it yet.
      this.held++;
      if (inTurn) this.#grant(ticket);
      else this.#begin(ticket);
      return ticket;
    }
    if (!gated.canWait || this.queue.length >= maxQueued || maxWait === 0) {
      return this.#rejection('is full', gated);
    }
    ticket.state = 'waiting';
    this.queue.add(ticket);
    ticket.waited = undefined;
    const now = this.#channel.clock.now();
    ticket.queuedAt = now;
    if (maxWait !== Infinity) {
      ticket.at = now + maxWait;
      this.#deadlines.add(ticket, now);
    }
    this.#emitQueued(ticket);
    return ticket;
  }

  waits(ticket: Ticket): boolean {
    return ticket.state !== 'running';
  }

  turn(ticket: Ticket): Rejection | undefined {
    if (ticket.state === 'expired')
      return this.#rejection('had no free slot within maxWait', ticket.gated);
    this.#granted--;
    this.#begin(ticket);
    return undefined;
  }

  succeeded(ticket: Ticket): void {
    this.#ended(ticket);
  }

  failed(ticket: Ticket, error: unknown): void {
    this.#ended(ticket, { error });
  }

  /** A waiting call leaves the queue at once; a running one holds its slot until its function ends. */
  abandoned(ticket: Ticket): boolean {
    if (ticket.state === 'running') {
      ticket.givenUp = ticket !== this.#unobserved;
      return false;
    }
    if (ticket.state === 'waiting') this.#dequeue(ticket);
    if (ticket.state === 'granted') {
      this.#granted--;
      this.#freeSlot();
    }
    return true;
  }

  /** Only permits are released, and they never wait. */
  released(): void {
    this.#freeSlot();
  }

  /** Rejects a call that has waited too long. */
  expire(ticket: Ticket): void {
    this.queue.remove(ticket);
    ticket.state = 'expired';
    ticket.gated.wake();
  }

  /** Whether a call can have a slot without overtaking the queue. */
  #hasFreeSlot(): boolean {
    return this.held < this.rules.maxConcurrent && this.queue.length === 0;
  }

  /** Gives a call a slot that is already counted as held; the call takes it in its own turn. */
  #grant(ticket: Ticket): void {
    this.#granted++;
    ticket.state = 'granted';
    ticket.gated.wake();
  }

  #begin(ticket: Ticket): void {
    ticket.state = 'running';
    if (!this.#channel.active) return;
    const now = this.#channel.clock.now();
    ticket.startedAt = now;
    if (!Number.isNaN(ticket.queuedAt)) ticket.waited = now - ticket.queuedAt;
  }

  #emitQueued(ticket: Ticket): void {
    const { attempt } = ticket.gated;
    if (this.#channel.active) this.#channel.emit('queued', { attempt }, ticket);
  }

  #freeSlot(): void {
    this.held--;
    this.#grantFreeSlots();
  }

  /** Grants free slots to the first calls in the queue. */
  #grantFreeSlots(): void {
    const { queue } = this;
    while (queue.first !== undefined && this.held < this.rules.maxConcurrent) {
      const next = queue.first as Ticket;
      this.#dequeue(next);
      this.held++;
      this.#grant(next);
    }
  }

  #dequeue(ticket: Ticket): void {
    this.queue.remove(ticket);
    this.#deadlines.remove(ticket);
  }

  #ended(ticket: Ticket, wrong?: { error: unknown }): void {
    this.held--;
    if (ticket !== this.#unobserved && !ticket.givenUp) {
      this.#channel.ended(ticket.gated.attempt, ticket.startedAt, wrong, ticket);
    }
    this.#grantFreeSlots();
  }

  #rejection(what: string, gated: GatedAttempt): Rejection {
    const channel = this.#channel;
    const message = `The bulkhead${labelOf(channel)} ${what}`;
    return emitRejected(channel, new BulkheadFullError(message, channel.policyName), gated);
  }
}
