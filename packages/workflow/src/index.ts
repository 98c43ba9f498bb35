export type { Join, Settled } from './branches/join.ts';
export type { WorkflowFunction, WorkflowOptions } from './definition.ts';
export type { ResumeOptions } from './dbos/control.ts';
export {
  CompensationError,
  isWorkflowError,
  JoinError,
  OverlapError,
  ParkExpiredError,
  WorkflowError,
} from './errors.ts';
export type { CompensationFailure, WorkflowErrorCode, WorkflowErrorOptions } from './errors.ts';
export type { FleetLike, HighwayOptions } from './highway-options.ts';
export { HighwayClient } from './highway-client.ts';
export type { HighwayClientOptions } from './highway-client.ts';
export { Highway } from './highway.ts';
export type { StopOptions } from './highway.ts';
export type { Logger } from './logger.ts';
export type { BranchCall, BranchOutput, Context, ForEachOptions, Joined } from './run/context.ts';
export type {
  RunCounts,
  RunDescription,
  RunFilter,
  RunSummary,
  StepDescription,
  StepEntry,
} from './runs.ts';
export type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.ts';
export type { StepInfo, StepOptions, WhenOpen } from './step/step-options.ts';
export type { Run, RunStatus, StartOptions, Workflow } from './workflow.ts';
