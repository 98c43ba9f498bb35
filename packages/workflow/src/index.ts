export {
  CompensationError,
  isWorkflowError,
  JoinError,
  OverlapError,
  ParkExpiredError,
  WorkflowError,
} from './errors.ts';
export type { CompensationFailure, WorkflowErrorCode, WorkflowErrorOptions } from './errors.ts';
