/** How an attempt ends, and when after its start. */
export interface Lap {
  readonly takes: number;
  readonly ending: 'success' | 'bad value' | 'failure' | 'rejection' | 'fatal';
}

/** What is played: how each attempt would go, and when the caller aborts. */
export interface RaceScript {
  readonly delay: number;
  readonly maxHedges: number;
  /** How many hedges the budget allows. */
  readonly allowed: number;
  readonly laps: readonly Lap[];
  readonly abortAt: number | undefined;
}

/** What is to be seen of a race. */
export interface RaceResult {
  /** When each attempt was started. */
  readonly starts: readonly number[];
  /** Whose outcome the caller got; 0 where it aborted. */
  readonly decidedBy: number;
  readonly endedAt: number;
  /** The attempts whose signals aborted. */
  readonly aborted: readonly number[];
}

interface Runner {
  readonly number: number;
  readonly lap: Lap;
  readonly endsAt: number;
}

/** Plays a race by looking at all that could happen next, and taking the earliest. */
export function playRace(script: RaceScript): RaceResult {
  const { delay, maxHedges, laps, abortAt = Infinity } = script;
  const starts: number[] = [];
  let running: Runner[] = [];
  let allowed = script.allowed;
  let timer = Infinity;

  const start = (now: number): void => {
    const lap = laps[starts.length]!;
    starts.push(now);
    running.push({ number: starts.length, lap, endsAt: now + lap.takes });
    timer = starts.length <= maxHedges ? now + delay : Infinity;
  };
  const hedge = (now: number): boolean => {
    if (starts.length > maxHedges) return false;
    if (allowed === 0) {
      timer = Infinity;
      return false;
    }
    allowed--;
    start(now);
    return true;
  };
  const end = (decidedBy: number, endedAt: number): RaceResult => ({
    starts,
    decidedBy,
    endedAt,
    aborted: running.map(({ number }) => number),
  });

  start(0);
  for (;;) {
    const next = running.reduce((a, b) => (b.endsAt < a.endsAt ? b : a));
    const now = Math.min(next.endsAt, timer, abortAt);
    if (now === abortAt) return end(0, now);
    if (now === timer) {
      hedge(now);
      continue;
    }
    running = running.filter((runner) => runner !== next);
    const { ending } = next.lap;
    if (ending === 'success' || ending === 'fatal') return end(next.number, now);
    const started = ending !== 'rejection' && hedge(now);
    if (!started && running.length === 0) return end(1, now);
  }
}
