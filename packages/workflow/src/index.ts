export { HighwayClient } from './client/highway-client.ts';
export type { HighwayClientOptions } from './client/highway-client.ts';
export type { Runs } from './client/runs.ts';
export type {
  ResumeOptions,
  RunCounts,
  RunDescription,
  RunFilter,
  RunSummary,
  StepDescription,
  StepEntry,
} from './client/run-types.ts';
export type { WorkflowFunction, WorkflowOptions } from './definition.ts';
export type { Join, Settled } from './engine/children/join.ts';
export type {
  ChildCall,
  ChildOutput,
  Context,
  ForEachOptions,
  Joined,
} from './engine/run/context.ts';
export type { StepInfo, StepOptions, WhenOpen } from './engine/step/step-options.ts';
export {
  CompensationError,
  isWorkflowError,
  JoinError,
  OverlapError,
  ParkExpiredError,
  WorkflowError,
} from './errors.ts';
export type { CompensationFailure, WorkflowErrorCode, WorkflowErrorOptions } from './errors.ts';
export { Highway } from './highway.ts';
export type { StopOptions } from './highway.ts';
export type { FleetLike, HighwayOptions } from './highway-options.ts';
export type { Logger } from './logger.ts';
export type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.ts';
export type { Run, RunStatus, StartOptions, Workflow } from './workflow.ts';
