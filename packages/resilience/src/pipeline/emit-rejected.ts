import type { CallDetails, Channel } from '../events.ts';

/** Emits `rejected`, and returns the error. */
export function emitRejected<E>(channel: Channel, error: E, call: CallDetails): E {
  if (channel.active) channel.emit('rejected', { error }, call);
  return error;
}

/** The policy's name for messages, such as ` "orders"`; empty if it has none. */
export function labelOf({ policyName }: Channel): string {
  return policyName === undefined ? '' : ` "${policyName}"`;
}
