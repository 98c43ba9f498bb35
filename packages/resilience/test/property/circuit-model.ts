/** The states of the model: those of the library, said again. */
export type ModelState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

/** `numerator` out of `denominator`. */
export type Share = readonly [numerator: number, denominator: number];

/** What a breaker is configured with, as far as its states depend on it. */
export interface ModelRules {
  readonly failureThreshold: Share;
  readonly successThreshold: Share | undefined;
  readonly cooldown: number;
  readonly trialTimeout: number;
  readonly maxConcurrentTrials: number;
}

/** A call that the model let in. */
export interface ModelCall {
  readonly period: number;
  readonly startedAt: number;
  readonly trial: boolean;
  over: boolean;
}

/** What the model keeps of itself for a restart. */
export interface ModelSnapshot {
  readonly state: ModelState;
  readonly openUntilWall: number;
  readonly windowSize: number;
  readonly window: readonly boolean[];
}

/**
 * What a circuit breaker promises, in the plainest way: it keeps every call and every outcome that
 * there ever was in lists, and counts them anew each time. Slow, and easy to check by reading.
 */
export class CircuitModel {
  readonly transitions: string[] = [];
  inner: ModelState = 'CLOSED';
  isolations = 0;
  /** Raised by each transition and by each order by hand: outcomes count in their own period. */
  period = 0;
  openUntil = 0;
  windowSize: number;
  /** Every outcome with the number of the window that it went to. */
  outcomes: { window: number; success: boolean }[] = [];
  windowNumber = 0;
  readonly calls: ModelCall[] = [];
  readonly rules: ModelRules;

  constructor(rules: ModelRules) {
    this.rules = rules;
    this.windowSize = rules.failureThreshold[1];
  }

  get state(): ModelState | 'ISOLATED' {
    return this.isolations > 0 ? 'ISOLATED' : this.inner;
  }

  /** The window that judges, oldest first: `true` for a success. */
  get window(): boolean[] {
    return this.outcomes
      .filter(({ window }) => window === this.windowNumber)
      .map(({ success }) => success)
      .slice(-this.windowSize);
  }

  retryAfter(now: number): number {
    return this.state === 'OPEN' ? Math.max(0, this.openUntil - now) : 0;
  }

  /** What the error of a call says that is rejected now. */
  retryAfterRefusal(now: number): number {
    if (this.state === 'ISOLATED') return Infinity;
    if (this.state === 'OPEN') return this.retryAfter(now);
    return (
      Math.min(...this.trials(now).map((call) => call.startedAt)) + this.rules.trialTimeout - now
    );
  }

  /** Lets a call in, or gives `undefined`. */
  admit(now: number): ModelCall | undefined {
    if (this.state === 'ISOLATED') return undefined;
    if (this.state === 'OPEN') {
      if (now < this.openUntil) return undefined;
      this.halfOpen();
    }
    const trial = this.state === 'HALF_OPEN';
    if (trial) {
      const places = this.trialSize() - this.window.length;
      if (this.trials(now).length >= Math.min(places, this.rules.maxConcurrentTrials))
        return undefined;
    }
    const call = { period: this.period, startedAt: now, trial, over: false };
    this.calls.push(call);
    return call;
  }

  /** The call has an outcome. */
  settle(call: ModelCall, success: boolean, now: number): void {
    const counts = this.#isUnderWay(call, now);
    call.over = true;
    if (!counts) return;
    this.outcomes.push({ window: this.windowNumber, success });
    if (this.inner === 'HALF_OPEN') this.#judgeTrials(now);
    else if (!success) this.#judgeWindow(now);
  }

  /** The call ended without an outcome, or its caller went away. */
  drop(call: ModelCall): void {
    call.over = true;
  }

  open(now: number): void {
    this.#move('OPEN', () => {
      this.openUntil = now + this.rules.cooldown;
    });
  }

  close(): void {
    this.#move('CLOSED', () => {
      this.#freshWindow(this.rules.failureThreshold[1]);
    });
  }

  halfOpen(): void {
    this.#move('HALF_OPEN', () => {
      this.#freshWindow(this.trialSize());
    });
  }

  isolate(): void {
    this.#move(this.inner, () => this.isolations++);
  }

  release(): void {
    this.#move(this.inner, () => this.isolations--);
  }

  save(now: number, wall: number): ModelSnapshot {
    const halfOpen = this.inner === 'HALF_OPEN';
    return {
      state: halfOpen ? 'OPEN' : this.inner,
      openUntilWall: wall + (halfOpen ? 0 : Math.max(0, this.openUntil - now)),
      windowSize: this.windowSize,
      window: this.window,
    };
  }

  /** A model in another process, with a monotonic clock of its own. */
  restore(snapshot: ModelSnapshot, now: number, wall: number): CircuitModel {
    const restored = new CircuitModel(this.rules);
    const wait = Math.min(Math.max(0, snapshot.openUntilWall - wall), this.rules.cooldown);
    restored.inner = snapshot.state;
    restored.openUntil = now + wait;
    restored.windowSize = snapshot.windowSize;
    restored.outcomes = snapshot.window.map((success) => ({ window: 0, success }));
    return restored;
  }

  /** The trial calls that hold a slot. */
  trials(now: number): ModelCall[] {
    return this.calls.filter((call) => call.trial && this.#isUnderWay(call, now));
  }

  trialSize(): number {
    return (this.rules.successThreshold ?? this.rules.failureThreshold)[1];
  }

  #isUnderWay(call: ModelCall, now: number): boolean {
    const late = call.trial && now - call.startedAt >= this.rules.trialTimeout;
    return !call.over && call.period === this.period && !late;
  }

  #judgeWindow(now: number): void {
    const failures = this.window.filter((success) => !success).length;
    if (failures >= this.rules.failureThreshold[0]) this.open(now);
  }

  /** Decides once every way in which the window could fill up comes to the same. */
  #judgeTrials(now: number): void {
    const { window } = this;
    const left = this.trialSize() - window.length;
    const successes = window.filter((success) => success).length;
    const answers = new Set<boolean>();
    for (let more = 0; more <= left; more++) answers.add(this.#closes(successes + more));
    if (answers.size > 1) return;
    if (answers.has(true)) this.close();
    else this.open(now);
  }

  /** What a full window of trial calls with so many successes says. */
  #closes(successes: number): boolean {
    const { failureThreshold, successThreshold } = this.rules;
    if (successThreshold !== undefined) return successes >= successThreshold[0];
    return failureThreshold[1] - successes < failureThreshold[0];
  }

  #freshWindow(size: number): void {
    this.windowNumber++;
    this.windowSize = size;
  }

  #move(to: ModelState, change: () => void): void {
    const from = this.state;
    this.period++;
    this.inner = to;
    change();
    if (this.state !== from) this.transitions.push(`${from} > ${this.state}`);
  }
}
