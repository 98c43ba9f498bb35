/** Receives the engine's log lines. `console` is one. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Logs nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Logs warnings and errors to the console. */
export const quietLogger: Logger = {
  ...silentLogger,
  warn: (message) => {
    console.warn(`[highway] ${message}`);
  },
  error: (message) => {
    console.error(`[highway] ${message}`);
  },
};
