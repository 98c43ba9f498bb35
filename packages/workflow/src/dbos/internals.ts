// Everything that this package uses of DBOS in addition to its public API. Nothing else may import from
// `@dbos-inc/dbos-sdk/internal`: an upgrade of the pinned version has to check this file, and the
// tables and fields that `run-query.ts`, `executor-table.ts` and `message-receivers.ts` rely on.
import type { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor';

export { runWithAbortableDbRetries } from '@dbos-inc/dbos-sdk/internal/context';
export { ensurePGDatabase } from '@dbos-inc/dbos-sdk/internal/database_utils';
export { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor';
export {
  DBOSConflictingWorkflowError,
  DBOSInitializationError,
  DBOSNonExistentWorkflowError,
  DBOSQueryTimeoutError,
  DBOSStepNondeterminismError,
  DBOSUnexpectedStepError,
  DBOSWorkflowCancelledError,
  DBOSWorkflowConflictError,
} from '@dbos-inc/dbos-sdk/internal/error';
export { DBOSJSON, SERIALIZER_MARKER_KEY } from '@dbos-inc/dbos-sdk/internal/serialization';
export {
  ensureSystemDatabase,
  verifySystemDatabase,
} from '@dbos-inc/dbos-sdk/internal/system_database';
export type { GlobalLogger } from '@dbos-inc/dbos-sdk/internal/telemetry/logs';
export { dbRetryConfig, getClientConfig } from '@dbos-inc/dbos-sdk/internal/utils';
export { registerInternalQueue } from '@dbos-inc/dbos-sdk/internal/wfqueue';
export type { WorkflowQueue } from '@dbos-inc/dbos-sdk/internal/wfqueue';

/** The part of DBOS that works with its tables, and notifies runs that wait for a message. */
export type SystemDatabase = DBOSExecutor['systemDatabase'];
