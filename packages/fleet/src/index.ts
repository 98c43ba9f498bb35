export { Fleet } from './fleet.ts';
export type { AttachOptions, FleetMember, FleetStatus } from './fleet.ts';
export type { FleetOptions } from './fleet-options.ts';
export type { FleetEvent, FleetEventDetails, FleetEventType } from './events.ts';
export { DamagedCircuitsError } from './support/damaged-circuits.ts';
export {
  FleetError,
  isFleetError,
  MalformedStateError,
  NoticesLostError,
  StoreTimeoutError,
} from './errors.ts';
export type { FleetErrorCode, FleetErrorOptions } from './errors.ts';
export type {
  Notice,
  CircuitMessage,
  CircuitReply,
  CircuitView,
  Command,
  FleetCause,
  FleetState,
  FleetStore,
  Proposal,
  TrialSettlement,
  SubscriptionWatch,
  TrialTally,
  TrialRule,
  UnchangedReply,
  Version,
} from './store.ts';
export { pooled, quorum } from './trip.ts';
export type { PooledOptions, PooledTrip, QuorumOptions, QuorumTrip, Trip } from './trip.ts';
