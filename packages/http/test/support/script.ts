/** What the server of the tests does with one attempt. */
export interface Step {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body. Default: the status. */
  readonly body?: string;
  /** The length of the body, instead of a body. */
  readonly bytes?: number;
  /** How long the answer takes. */
  readonly delayMs?: number;
  /** Closes the connection without an answer. */
  readonly reset?: 'beforeBody' | 'afterBody';
  /** Never answers. */
  readonly hang?: boolean;
  /** Closes the connection in the middle of the body. */
  readonly cut?: boolean;
  /** Sends half of the body, and then nothing. */
  readonly stall?: boolean;
}

/** An attempt that arrived. */
export interface Arrival {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** How much of its body arrived. */
  bytes: number;
  /** The start of its body. */
  body: string;
  /** When it arrived, in ms by the clock of the server. */
  readonly at: number;
  /** When its connection was closed before the answer had been sent; `undefined` if it was not. */
  closedEarlyAt: number | undefined;
}

/** What the server counts. */
export interface ServerCounts {
  /** The attempts with this id, oldest first. */
  readonly arrivals: readonly Arrival[];
  readonly openSockets: number;
  readonly mostSockets: number;
  readonly totalSockets: number;
}
