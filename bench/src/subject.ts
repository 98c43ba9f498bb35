/** Whose code a subject runs. `bare` is the function itself: what everything else is compared to. */
export type Library = 'bare' | 'highway' | 'cockatiel' | 'opossum' | 'by hand';

/** The functions that subjects protect. Each subject gets its own, so that none warms another's. */
export interface Work {
  /** Resolves with 1. */
  readonly succeed: () => Promise<number>;
  /** Throws an error created beforehand; every 50th call resolves with 1. */
  readonly fail: () => Promise<number>;
}

/** One way to do a thing, timed against the others of its question. */
export interface Subject {
  readonly name: string;
  readonly library: Library;
  /** The operation as an expression over what `setup` gives; the loop awaits it. */
  readonly code: string;
  /** Makes what the operation uses. */
  readonly setup: (work: Work) => Scope | Promise<Scope>;
  readonly targets?: readonly Target[];
}

/** The names that an operation's code may use, and their values. */
export type Scope = Readonly<Record<string, unknown>>;

/** What is wanted of a figure. */
export interface Target {
  /** Which figure it is about. */
  readonly figure: string;
  readonly atMost: number;
  /** Shown where the figure is best told upside down: `20×` for a ratio of at most 1/20. */
  readonly timesFaster?: boolean;
}

/** Compares subjects call by call, with the bare call and with another subject. */
export interface TimedQuestion {
  readonly name: string;
  readonly asks: string;
  readonly subjects: readonly Subject[];
  /** The subject to compare with. Default: the first of cockatiel. */
  readonly peer?: string;
  /** Ends what the subjects have started. */
  readonly end?: () => Promise<void>;
}

/** Counts something that is no time: memory, timers. */
export interface CountedQuestion {
  readonly name: string;
  readonly asks: string;
  readonly count: () => Promise<readonly Count[]>;
}

export type Question = TimedQuestion | CountedQuestion;

/** What was counted for one subject. */
export interface Count {
  readonly name: string;
  readonly library: Library;
  readonly figures: Readonly<Record<string, number>>;
  readonly targets?: readonly Target[];
}

/** What was measured for one subject; times in ns. */
export interface Measurement {
  readonly name: string;
  readonly library: Library;
  readonly figures: Readonly<Record<string, number>>;
  readonly targets: readonly Target[];
}

/** A question with its answer. */
export interface Answer {
  readonly name: string;
  readonly asks: string;
  readonly timed: boolean;
  /** What the subjects are compared with, beside the bare call. */
  readonly peer: string;
  readonly measurements: readonly Measurement[];
}

/** At most so many times the bare call, by medians. */
export function timesBare(limit: number): Target {
  return { figure: 'toBare', atMost: limit };
}

/** At most this share of the peer's time, by medians. */
export function ofPeer(share: number): Target {
  return { figure: 'toPeer', atMost: share };
}

/** At least so many times faster than the peer, by medians. */
export function fasterThanPeer(times: number): Target {
  return { figure: 'toPeer', atMost: 1 / times, timesFaster: true };
}
