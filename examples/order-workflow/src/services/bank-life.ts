import type { Random } from '@highway/resilience';
import type { Phase } from '../timeline.ts';

/** What the payment service does with a call: its work, or none of it. */
export type BankAnswer = 'ok' | 'down' | 'overloaded';

/** What became of a call to the payment service, and when it came, in ms since the drill began. */
export interface BankCall {
  readonly at: number;
  readonly answer: BankAnswer;
}

/** How many calls at once the payment service bears when it is back. */
export const bankCapacity = 25;

/** The work of one call, in ms. */
const workMs = 20;
const rejectionMs = 5;

/** The payment service without its sockets: healthy, then down, then back with little capacity. */
export class BankLife {
  /** What it is like now. */
  phase: Phase = 'healthy';
  readonly #random: Random;
  #active = 0;
  #news: BankCall[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** A call comes in, and takes `delay` ms. Say when it has ended. */
  begin(at: number): { readonly answer: BankAnswer; readonly delay: number } {
    const answer = this.#answer();
    this.#news.push({ at, answer });
    this.#active += 1;
    return { answer, delay: answer === 'ok' ? workMs * (0.75 + this.#random() / 2) : rejectionMs };
  }

  /** A call has ended. */
  end(): void {
    this.#active -= 1;
  }

  /** The calls since the last time that it was asked. */
  takeNews(): BankCall[] {
    return this.#news.splice(0);
  }

  #answer(): BankAnswer {
    if (this.phase === 'outage') return 'down';
    return this.phase === 'recovery' && this.#active >= bankCapacity ? 'overloaded' : 'ok';
  }
}
