import type { DLogger } from '@dbos-inc/dbos-sdk';
import { systemClock } from '@highway/resilience';
import { silentLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import { RunFailure } from '../engine/run/execute-run.ts';

/** A logger that can be muted: after a stop, what was abandoned must not log any more. */
export interface MutableLogger extends DLogger {
  mute(): void;
}

// Every operation that waits for the database logs this several times a second.
const connectionFailed = /^Database connection failed: (.*?)\.? Retrying in /s;
const failureLogIntervalMs = 10_000;

// Logged whenever runs are cancelled, taken over, or left for the next start, and when an id is started
// again by another version of its workflow: then the run continues with the version that it has.
const expected =
  /is no longer owned by this execution|was cancelled during|Shutting down while|already exists in queue/;

/**
 * Passes the log lines of DBOS on to the user's logger. A run that fails is not a failure of the engine:
 * its error goes to those who wait for its result.
 */
export function dbosLogger(usersLogger: Logger): MutableLogger {
  let logger = usersLogger;
  let loggedAt = -Infinity;
  const logFailure = (message: string, cause: string): void => {
    const now = systemClock.now();
    if (now - loggedAt < failureLogIntervalMs) {
      logger.debug(message);
      return;
    }
    loggedAt = now;
    logger.warn(`The database is failing; retrying until it recovers: ${cause}`);
  };
  return {
    mute: () => {
      logger = silentLogger;
    },
    debug: (entry) => {
      logger.debug(String(entry));
    },
    info: (entry) => {
      logger.debug(String(entry));
    },
    warn: (entry) => {
      const message = String(entry);
      const cause = connectionFailed.exec(message)?.[1];
      if (cause !== undefined) logFailure(message, cause);
      else if (expected.test(message)) logger.debug(message);
      else logger.warn(message);
    },
    error: (entry, metadata) => {
      if (metadata?.error instanceof RunFailure || expected.test(String(entry))) return;
      logger.error(metadata?.stack ?? String(entry));
    },
  };
}
