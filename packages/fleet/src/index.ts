export { Fleet } from './fleet.ts';
export type { AttachOptions, FleetMember, FleetStatus } from './fleet.ts';
export type { FleetOptions } from './fleet-options.ts';
export type { FleetEvent, FleetEventDetails, FleetEventType } from './events.ts';
export { DamagedCircuitsError } from './damaged-circuits.ts';
export { NoticesLostError } from './notice-check.ts';
export { MalformedStateError } from './read-reply.ts';
export type {
  Change,
  CircuitMessage,
  CircuitReply,
  CircuitView,
  Command,
  FleetCause,
  FleetState,
  FleetStore,
  Proposal,
  Settlement,
  SubscriptionWatch,
  Tally,
  TestRule,
  Version,
} from './store.ts';
export { StoreTimeoutError } from './time-limit.ts';
export { pooled, quorum } from './trip.ts';
export type { PooledOptions, PooledTrip, QuorumOptions, QuorumTrip, Trip } from './trip.ts';
