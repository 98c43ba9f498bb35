import { contextOf, nextCallId } from './call.ts';
import type { CallContext } from './call.ts';
import { disposable } from './dispose.ts';
import { Refusal } from './refusal.ts';
import type { Entry, Gate } from './stage.ts';

/**
 * Leave to make one call, for what is no function: streams, callbacks. Settle it once, with what
 * became of the call; later calls change nothing. Disposing it unsettled releases it.
 *
 * @example
 * using permit = breaker.tryAcquire();
 * if (permit === undefined) return;
 * socket.once('data', () => permit.success());
 */
export interface Permit extends Disposable {
  /** The call went well; `value` is judged where the policy judges values. */
  success(value?: unknown): void;
  /** The call went wrong. */
  failure(error: unknown): void;
  /** There was no call, or nothing is known of it: the place is given back. */
  release(): void;
}

/** Asks a gate for a permit; `undefined` where it refuses. */
export function acquire<Ticket>(gate: Gate<Ticket>): Permit | undefined {
  const ticket = gate.enter(new PermitEntry());
  if (ticket instanceof Refusal) return undefined;
  let held = true;
  const once = (settle: () => void): void => {
    if (!held) return;
    held = false;
    settle();
  };
  const release = (): void => {
    once(() => {
      gate.released(ticket);
    });
  };
  return {
    success: (value) => {
      once(() => {
        gate.succeeded(ticket, value);
      });
    },
    failure: (error) => {
      once(() => {
        gate.failed(ticket, error);
      });
    },
    release,
    ...disposable(release),
  };
}

/** An attempt that nobody runs: it can't wait, and nothing ends it from outside. */
class PermitEntry implements Entry {
  readonly position = 0;
  readonly attempt = 1;
  readonly canWait = false;
  private id = 0;

  get callId(): number {
    return (this.id ||= nextCallId());
  }

  context(): CallContext {
    return contextOf(undefined, 1);
  }

  wake(): void {
    // A permit never waits.
  }

  giveUp(): void {
    // Nor is it ever given up.
  }
}

/** Stands for attempts of which nobody wants to know anything. */
export const nobody: Entry = new PermitEntry();
