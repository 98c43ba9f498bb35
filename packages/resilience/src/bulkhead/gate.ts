import type { Channel } from '../events.ts';
import { Deadlines } from '../internal/deadlines.ts';
import type { Deadline } from '../internal/deadlines.ts';
import { nobody } from '../internal/permit.ts';
import { labelOf, Refusal, tellRefusal } from '../internal/refusal.ts';
import type { Entry, Gate, Lane } from '../internal/stage.ts';
import { Waiter, WaitQueue } from '../internal/wait-queue.ts';
import { BulkheadFullError } from './errors.ts';
import type { BulkheadRules } from './options.ts';

/** A call in a bulkhead: it waits until it is granted a place, and holds that to its end. */
class Ticket extends Waiter implements Deadline {
  place: number;
  at: number;
  granted = true;
  startedAt: number;
  readonly #gate: BulkheadGate;

  constructor(gate: BulkheadGate, entry: Entry) {
    super(entry);
    this.place = -1;
    this.at = Infinity;
    this.startedAt = Number.NaN;
    this.#gate = gate;
  }

  /** The wait took too long. */
  expire(): void {
    this.#gate.expire(this);
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
  #handingOn = false;

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
    if (this.#hasPlace()) {
      if (!this.#channel.active) {
        this.held++;
        return (this.#unobserved ??= new Ticket(this, nobody));
      }
      const granted = new Ticket(this, entry);
      this.#grant(granted);
      return granted;
    }
    const ticket = new Ticket(this, entry);
    if (!entry.canWait || this.queue.length >= maxQueued || maxWait === 0) {
      return new Refusal(this.#refusal('is full'));
    }
    ticket.granted = false;
    this.queue.add(ticket);
    if (maxWait !== Infinity) {
      const now = this.#channel.clock.now();
      ticket.at = now + maxWait;
      this.#deadlines.add(ticket, now);
    }
    return ticket;
  }

  waits(ticket: Ticket): boolean {
    return !ticket.granted;
  }

  succeeded(ticket: Ticket): void {
    this.#ended(ticket);
  }

  failed(ticket: Ticket, error: unknown): void {
    this.#ended(ticket, { error });
  }

  /** Who waits leaves the queue at once; who runs holds the place until the function ends. */
  abandoned(ticket: Ticket): boolean {
    if (ticket.granted) return false;
    this.#quit(ticket);
    return true;
  }

  /** Only permits are given back unused, and they never wait. */
  released(): void {
    this.#leave();
  }

  /** Refuses a call that has waited too long. */
  expire(ticket: Ticket): void {
    this.queue.remove(ticket);
    ticket.entry.refused(this.#refusal('had no place in time'));
  }

  /** Nobody overtakes those who wait. */
  #hasPlace(): boolean {
    return this.held < this.rules.maxConcurrent && this.queue.length === 0;
  }

  #grant(ticket: Ticket): void {
    this.held++;
    ticket.granted = true;
    if (this.#channel.active) ticket.startedAt = this.#channel.clock.now();
  }

  #leave(): void {
    this.held--;
    this.#handOn();
  }

  /**
   * Hands places that are free to the first in the queue. In a loop, because a call that is let in
   * may end before this returns (refused by a policy further in), and a queue may be long.
   */
  #handOn(): void {
    if (this.#handingOn) return;
    this.#handingOn = true;
    const { queue } = this;
    while (queue.first !== undefined && this.held < this.rules.maxConcurrent) {
      const next = queue.first as Ticket;
      this.#quit(next);
      this.#grant(next);
      next.entry.admitted();
    }
    this.#handingOn = false;
  }

  #quit(ticket: Ticket): void {
    this.queue.remove(ticket);
    this.#deadlines.remove(ticket);
  }

  #ended(ticket: Ticket, wrong?: { error: unknown }): void {
    this.held--;
    if (ticket !== this.#unobserved) {
      this.#channel.ended(ticket.entry.attempt, ticket.startedAt, wrong);
    }
    this.#handOn();
  }

  #refusal(what: string): BulkheadFullError {
    const channel = this.#channel;
    const message = `The bulkhead${labelOf(channel)} ${what}`;
    return tellRefusal(channel, new BulkheadFullError(message, channel.policyName));
  }
}
