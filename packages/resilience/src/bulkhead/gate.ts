import type { Channel } from '../events.ts';
import { Deadlines } from '../internal/deadlines.ts';
import type { Deadline } from '../internal/deadlines.ts';
import { nobody } from '../internal/permit.ts';
import { labelOf, Refusal, tellRefusal } from '../internal/refusal.ts';
import type { Entry, Gate, Lane } from '../internal/stage.ts';
import { Waiter, WaitQueue } from '../internal/wait-queue.ts';
import { BulkheadFullError } from './errors.ts';
import type { BulkheadRules } from './options.ts';

/**
 * A call in a bulkhead. One that waits is granted a place by whoever frees it, and takes it in a
 * turn of its own; until then it may still go away.
 */
class Ticket extends Waiter implements Deadline {
  place = -1;
  at: number = Number.POSITIVE_INFINITY;
  state: 'waiting' | 'granted' | 'expired' | 'running' = 'running';
  startedAt: number = Number.NaN;
  private readonly gate: BulkheadGate;

  constructor(gate: BulkheadGate, entry: Entry) {
    super(entry);
    this.gate = gate;
  }

  /** The wait took too long. */
  expire(): void {
    this.gate.expire(this);
  }
}

/** A bulkhead's part in a pipeline. */
export class BulkheadGate implements Gate<Ticket> {
  readonly kind = 'gate';
  readonly interrupts = false;
  readonly rules: BulkheadRules;
  /** How many calls hold a place. */
  held = 0;
  readonly queue: WaitQueue = new WaitQueue();
  readonly #channel: Channel;
  readonly #deadlines: Deadlines;
  readonly #lane: Lane;
  /** Stands for every call that had its place at once while nobody listened: they are all alike. */
  #unobserved: Ticket | undefined = undefined;
  /** How many calls were granted a place and have not taken it yet. */
  #granted = 0;

  constructor(rules: BulkheadRules, channel: Channel) {
    this.rules = rules;
    this.#channel = channel;
    this.#deadlines = new Deadlines(channel.clock);
    const leave = (): void => {
      this.#leave();
    };
    this.#lane = {
      value: (value) => {
        leave();
        return value;
      },
      error: (error) => {
        leave();
        throw error;
      },
      failed: (error) => {
        leave();
        return error;
      },
    };
  }

  lane(): Lane | undefined {
    if (!this.#hasPlace() || this.#channel.active) return undefined;
    this.held++;
    return this.#lane;
  }

  enter(entry: Entry): Ticket | Refusal {
    const { maxQueued, maxWait } = this.rules;
    const free = this.#hasPlace();
    const inTurn = this.#granted > 0 && entry.canWait;
    if (free && !inTurn && !this.#channel.active) {
      this.held++;
      return (this.#unobserved ??= new Ticket(this, nobody));
    }
    const ticket = new Ticket(this, entry);
    if (free) {
      // Not before those who waited, and take their places only now.
      this.held++;
      if (inTurn) this.#grant(ticket);
      else this.#begin(ticket);
      return ticket;
    }
    if (!entry.canWait || this.queue.length >= maxQueued || maxWait === 0) {
      return new Refusal(this.#refusal('is full', entry));
    }
    ticket.state = 'waiting';
    this.queue.add(ticket);
    ticket.waited = undefined;
    if (this.#channel.active) ticket.queuedAt = this.#channel.clock.now();
    if (maxWait !== Infinity) {
      const now = this.#channel.clock.now();
      ticket.at = now + maxWait;
      this.#deadlines.add(ticket, now);
    }
    this.#tellQueued(ticket);
    return ticket;
  }

  waits(ticket: Ticket): boolean {
    return ticket.state !== 'running';
  }

  turn(ticket: Ticket): Refusal | undefined {
    if (ticket.state === 'expired')
      return new Refusal(this.#refusal('had no place in time', ticket.entry));
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

  /** Who waits leaves the queue at once; who runs holds the place until the function ends. */
  abandoned(ticket: Ticket): boolean {
    if (ticket.state === 'running') return false;
    if (ticket.state === 'waiting') this.#quit(ticket);
    if (ticket.state === 'granted') {
      this.#granted--;
      this.#leave();
    }
    return true;
  }

  /** Only permits are given back unused, and they never wait. */
  released(): void {
    this.#leave();
  }

  /** Refuses a call that has waited too long. */
  expire(ticket: Ticket): void {
    this.queue.remove(ticket);
    ticket.state = 'expired';
    ticket.entry.wake();
  }

  /** Nobody overtakes those who wait. */
  #hasPlace(): boolean {
    return this.held < this.rules.maxConcurrent && this.queue.length === 0;
  }

  /** A place that is held now is a call's, which takes it in its own turn. */
  #grant(ticket: Ticket): void {
    this.#granted++;
    ticket.state = 'granted';
    ticket.entry.wake();
  }

  #begin(ticket: Ticket): void {
    ticket.state = 'running';
    if (!this.#channel.active) return;
    const now = this.#channel.clock.now();
    ticket.startedAt = now;
    if (!Number.isNaN(ticket.queuedAt)) ticket.waited = now - ticket.queuedAt;
  }

  #tellQueued(ticket: Ticket): void {
    const { attempt } = ticket.entry;
    if (this.#channel.active) this.#channel.emit('queued', { attempt }, ticket);
  }

  #leave(): void {
    this.held--;
    this.#handOn();
  }

  /** Hands places that are free to the first in the queue. */
  #handOn(): void {
    const { queue } = this;
    while (queue.first !== undefined && this.held < this.rules.maxConcurrent) {
      const next = queue.first as Ticket;
      this.#quit(next);
      this.held++;
      this.#grant(next);
    }
  }

  #quit(ticket: Ticket): void {
    this.queue.remove(ticket);
    this.#deadlines.remove(ticket);
  }

  #ended(ticket: Ticket, wrong?: { error: unknown }): void {
    this.held--;
    if (ticket !== this.#unobserved) {
      this.#channel.ended(ticket.entry.attempt, ticket.startedAt, wrong, ticket);
    }
    this.#handOn();
  }

  #refusal(what: string, entry: Entry): BulkheadFullError {
    const channel = this.#channel;
    const message = `The bulkhead${labelOf(channel)} ${what}`;
    return tellRefusal(channel, new BulkheadFullError(message, channel.policyName), entry);
  }
}
