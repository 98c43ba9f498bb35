import type { CallDetails, Channel } from '../events.ts';
import { Rejection } from './rejection.ts';

/** Emits `rejected`, and returns the rejection for the attempt. */
export function emitRejected(channel: Channel, error: unknown, call: CallDetails): Rejection {
  if (channel.active) channel.emit('rejected', { error }, call);
  return new Rejection(error);
}

/** The policy's name for messages, such as ` "orders"`; empty if it has none. */
export function labelOf({ policyName }: Channel): string {
  return policyName === undefined ? '' : ` "${policyName}"`;
}
