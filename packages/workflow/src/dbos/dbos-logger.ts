import type { DLogger } from '@dbos-inc/dbos-sdk';
import type { Logger } from '../logger.ts';
import { RunFailure } from '../run/execute-run.ts';

/**
 * What DBOS has to say, for the users' logger. A run that fails is no failure of the engine: whoever
 * waits for it hears of it.
 */
export function dbosLogger(logger: Logger): DLogger {
  return {
    debug: (entry) => {
      logger.debug(String(entry));
    },
    info: (entry) => {
      logger.debug(String(entry));
    },
    warn: (entry) => {
      logger.warn(String(entry));
    },
    error: (entry, metadata) => {
      if (metadata?.error instanceof RunFailure) return;
      logger.error(metadata?.stack ?? String(entry));
    },
  };
}
