/** A server in its own process, which ends with the process that started it. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  /** Stays the same for the lifetime of this object. */
  readonly port: number;
  /** The id of the current process, or of the last one. */
  readonly pid: number;
  /** Stops the server and removes its data. Safe to repeat. */
  stop(): Promise<void>;
  /** Kills it like a crash: `SIGKILL`, also for the processes that it has started. */
  kill(): Promise<void>;
  /** Freezes it with `SIGSTOP`: connections stay open, and nothing answers. */
  pause(): void;
  resume(): void;
  /**
   * Starts the server again on its port, also after {@link kill} and {@link stop}. Shuts a running server
   * down first. Its saved data is there again, unless `empty` is set.
   */
  restart(options?: RestartOptions): Promise<void>;
}

export interface RestartOptions {
  /** Start without data. Default: false. */
  readonly empty?: boolean;
}
