/** A server in a process of its own, which dies with the process that started it. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  /** Stays the same for as long as this object lives. */
  readonly port: number;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Ends the server and removes its data. Harmless when repeated. */
  stop(): Promise<void>;
  /** Ends it as a crash of its machine would: `SIGKILL`, for the processes it has started too. */
  kill(): Promise<void>;
  /** Freezes it with `SIGSTOP`: connections stay open and nobody answers. */
  pause(): void;
  resume(): void;
  /**
   * Starts the server again on its port, also after {@link kill} and {@link stop}; one that runs is
   * ended in good order first. The data that it had kept is there again, unless `empty` is set.
   */
  restart(options?: RestartOptions): Promise<void>;
}

export interface RestartOptions {
  /** Begin without any data. Default: false. */
  readonly empty?: boolean;
}
