import { contextOf, nextCallId } from './call.ts';
import type { CallContext } from './call.ts';
import { disposable } from '../support/dispose.ts';
import { Rejection } from './rejection.ts';
import type { GatedAttempt, Gate } from './stage.ts';

/**
 * A permit for work that is not a function call, such as a stream or a callback. Settle it once with the outcome
 * of the work; further calls do nothing. Disposing an unsettled permit releases it.
 *
 * @example
 * using permit = breaker.tryAcquire();
 * if (permit === undefined) return;
 * socket.once('data', () => permit.success());
 */
export interface Permit extends Disposable {
  /** The work succeeded. `value` is judged if the policy judges results. */
  success(value?: unknown): void;
  /** The work failed. */
  failure(error: unknown): void;
  /** The work did not happen, or its outcome is unknown: no outcome is recorded, and the slot is returned. */
  release(): void;
}

/**
 * Acquires a permit from a gate, or returns `undefined` if the gate rejects it. With `enter`, that is how it enters the
 * gate.
 */
export function acquire<Ticket>(
  gate: Gate<Ticket>,
  enter?: (gated: GatedAttempt) => Ticket | Rejection,
): Permit | undefined {
  const gated = new PermitAttempt();
  const ticket = enter === undefined ? gate.enter(gated) : enter(gated);
  if (ticket instanceof Rejection) return undefined;
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

/** The attempt of a permit: it cannot wait, and nothing ends it from outside. */
class PermitAttempt implements GatedAttempt {
  readonly position = 0;
  readonly attempt = 1;
  readonly canWait = false;
  private id = 0;

  get callId(): number {
    return (this.id ||= nextCallId());
  }

  get data(): undefined {
    return undefined;
  }

  context(): CallContext {
    return contextOf(undefined, 1);
  }

  listen(): void {
    // Nothing cancels a permit.
  }

  wake(): void {
    // A permit never waits.
  }

  giveUp(): void {
    // A permit is never given up.
  }
}

/** A placeholder for attempts of which nobody needs to know anything. */
export const anonymousAttempt: GatedAttempt = new PermitAttempt();
