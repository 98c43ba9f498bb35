import type { DLogger } from '@dbos-inc/dbos-sdk';
import { systemClock } from '@highway/resilience';
import { silentLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import { RunFailure } from '../run/execute-run.ts';

/** A logger that can be silenced: what is abandoned at a stop has nothing to say any more. */
export interface MutableLogger extends DLogger {
  mute(): void;
}

// Everybody who needs the database says so, several times a second.
const failing = /^Database connection failed: (.*?)\.? Retrying in /s;
const pauseBetweenFailuresMs = 10_000;

// What happens whenever runs are cancelled, taken over, or left for the next start.
const usual = /is no longer owned by this execution|was cancelled during|Shutting down while/;

/**
 * What DBOS has to say, for the users' logger. A run that fails is no failure of the engine: whoever
 * waits for it hears of it.
 */
export function dbosLogger(users: Logger): MutableLogger {
  let logger = users;
  let toldAt = -Infinity;
  const tellOfFailure = (message: string, cause: string): void => {
    const now = systemClock.now();
    if (now - toldAt < pauseBetweenFailuresMs) {
      logger.debug(message);
      return;
    }
    toldAt = now;
    logger.warn(`The database fails, and is tried again until it recovers: ${cause}`);
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
      const cause = failing.exec(message)?.[1];
      if (cause !== undefined) tellOfFailure(message, cause);
      else if (usual.test(message)) logger.debug(message);
      else logger.warn(message);
    },
    error: (entry, metadata) => {
      if (metadata?.error instanceof RunFailure || usual.test(String(entry))) return;
      logger.error(metadata?.stack ?? String(entry));
    },
  };
}
