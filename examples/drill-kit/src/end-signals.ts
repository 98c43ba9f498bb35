/** A request to end the drill early. */
export interface EndWish {
  readonly signal: AbortSignal;
  /** 0, or the exit code that shells expect of a program that a signal ended. */
  readonly exitCode: number;
  stopListening(): void;
}

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Listens for Ctrl-C and for termination; a closed output counts as the same. A second signal ends this
 * process at once, and with it all others of the drill.
 */
export function listenForEnd(): EndWish {
  const controller = new AbortController();
  let exitCode = 0;
  const onSignal = (name: keyof typeof exitCodes): void => {
    if (controller.signal.aborted) process.exit(exitCodes[name]);
    exitCode = exitCodes[name];
    controller.abort();
  };
  const onBrokenPipe = (): void => {
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  process.stdout.on('error', onBrokenPipe);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    stopListening: () => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    },
  };
}
