import type { Channel, Identified } from '../events.ts';

/**
 * What a gate gives instead of a ticket where it refuses an attempt. Returned, because throwing the
 * error costs more than everything else that a refused call does.
 */
export class Refusal {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Tells of a refusal, and hands it on. */
export function tellRefusal<E>(channel: Channel, error: E, call: Identified): E {
  if (channel.active) channel.emit('rejected', { error }, call);
  return error;
}

/** The policy's name as messages show it after what the policy is; empty where it has none. */
export function labelOf({ policyName }: Channel): string {
  return policyName === undefined ? '' : ` "${policyName}"`;
}
