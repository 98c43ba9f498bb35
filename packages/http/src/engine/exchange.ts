import type { HeadersLike } from '../headers/read.ts';
import type { RequestLike } from '../outcomes/idempotent.ts';

/** One attempt, as the engine asks a client for it. */
export interface Sending {
  /**
   * Aborts when nobody waits for the attempt any more: the caller aborts, a timeout is over, another attempt won.
   * It stays linked to the caller's signal after the headers, for as long as somebody holds it.
   */
  readonly signal: AbortSignal;
  /** The number of the attempt within its call; the first is 1. */
  readonly attempt: number;
  /**
   * How long the attempt may take at most, in ms, to tell the server; `undefined` if it shall not be told, or if
   * nothing limits the attempt.
   */
  readonly timeoutLeftMs: number | undefined;
  /**
   * Marks an error as one of the caller's own code, such as a function that makes the body: no policy counts it, and no
   * attempt follows. Returns the error.
   */
  readonly callersError: (error: unknown) => unknown;
}

/** An answer that was set aside, because another attempt follows. */
export interface Kept<Answer> {
  /** An answer equal to the one that was set aside. It is called once at most, if no better answer came. */
  restore(): Answer;
}

/**
 * One call of a client as the engine sees it: what is asked, how an attempt is sent, and how answers are read. The
 * engine knows nothing of bodies and sockets.
 */
export interface Exchange<Answer> {
  /** What predicates and functions of the options get, and what tells whether the request is idempotent. */
  readonly request: RequestLike;
  /** Whether the request can be sent once more. It is read when an attempt has ended. */
  readonly replayable: boolean;
  /**
   * Sends the request once, and returns the answer when its headers have arrived. What it throws is the outcome of
   * the attempt. It must stop when the signal aborts.
   */
  send(sending: Sending): Promise<Answer>;
  status(answer: Answer): number;
  headers(answer: Answer): HeadersLike;
  /**
   * Frees the connection of an answer that no caller gets for now. It is called once for an answer, returns at once,
   * and never throws. The connection is free once the body has been read, if it is short, and is closed otherwise.
   */
  setAside(answer: Answer): Kept<Answer>;
  /** Prepares the answer that the caller gets. It is called once, for the last answer, whatever its status. */
  deliver(answer: Answer): Answer;
}
