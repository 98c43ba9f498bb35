import type { DLogger } from '@dbos-inc/dbos-sdk';
import { silentLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import { RunFailure } from '../run/execute-run.ts';

/** A logger that can be silenced: what is abandoned at a stop has nothing to say any more. */
export interface MutableLogger extends DLogger {
  mute(): void;
}

// What happens whenever runs are cancelled, taken over, or left for the next start.
const usual = /is no longer owned by this execution|was cancelled during|Shutting down while/;

/**
 * What DBOS has to say, for the users' logger. A run that fails is no failure of the engine: whoever
 * waits for it hears of it.
 */
export function dbosLogger(users: Logger): MutableLogger {
  let logger = users;
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
      if (usual.test(message)) logger.debug(message);
      else logger.warn(message);
    },
    error: (entry, metadata) => {
      if (metadata?.error instanceof RunFailure || usual.test(String(entry))) return;
      logger.error(metadata?.stack ?? String(entry));
    },
  };
}
