/** Where the engine says what it does. `console` is one. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Says nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Says what goes wrong, and nothing else. */
export const quietLogger: Logger = {
  ...silentLogger,
  warn: (message) => {
    console.warn(`[highway] ${message}`);
  },
  error: (message) => {
    console.error(`[highway] ${message}`);
  },
};
