import type { Permit } from '../../src/pipeline/permit.ts';
import { seededRandom } from '../../src/testing/index.ts';
import { Service } from './service.ts';
import type { ServiceShape } from './service.ts';
import { VirtualTime } from './virtual-time.ts';

/** A time in which the load and the service stay what they are. */
export interface Phase {
  readonly seconds: number;
  /** How many calls come in a second, at random times. */
  readonly callsPerSecond: number;
  readonly servers?: number;
  readonly meanMs?: number;
}

export interface Scenario extends ServiceShape {
  readonly phases: readonly Phase[];
  /** What takes longer has come too late to be of use. */
  readonly usefulMs: number;
  /** The share of the calls of each priority; default: all are of the first. */
  readonly mix?: readonly number[];
}

/** What admits calls: an adaptive limiter, or one to compare it with. */
export interface Admission {
  readonly limit: number;
  readonly inFlight: number;
  tryAcquire(): Permit | undefined;
}

/** What a limiter for a run is made of: its clock, and what the next call's priority is. */
export interface Setting {
  readonly time: VirtualTime;
  readonly rank: () => number;
}

/** What became of the calls of one phase, or of one priority. */
export class Tally {
  offered = 0;
  refused = 0;
  useful = 0;
  readonly latencies: number[] = [];

  answered(ms: number, usefulMs: number): void {
    this.latencies.push(ms);
    if (ms <= usefulMs) this.useful++;
  }

  get meanMs(): number {
    return this.latencies.reduce((sum, ms) => sum + ms, 0) / this.latencies.length;
  }

  get refusedShare(): number {
    return this.refused / this.offered;
  }
}

/** A moment of a run, for a picture. */
export interface Sample {
  readonly second: number;
  readonly limit: number;
  readonly servers: number;
  /** The mean of the latencies since the sample before. */
  readonly latencyMs: number;
  readonly usefulPerSecond: number;
  readonly offeredPerSecond: number;
}

/** One run of a scenario against one or several limiters that share the service. */
export class LimiterRun {
  readonly time = new VirtualTime();
  readonly phases: Tally[] = [];
  readonly priorities: Tally[] = [0, 1, 2, 3].map(() => new Tally());
  readonly samples: Sample[] = [];
  readonly #scenario: Scenario;
  readonly #service: Service;
  readonly #random;
  readonly #clients: readonly Admission[];
  #phase!: Phase;
  #rank = 0;

  constructor(
    scenario: Scenario,
    seed: number,
    make: (setting: Setting) => Admission,
    clients = 1,
  ) {
    const setting = { time: this.time, rank: () => this.#rank };
    this.#scenario = scenario;
    this.#random = seededRandom(seed);
    this.#service = new Service(this.time, this.#random, scenario);
    this.#clients = Array.from({ length: clients }, () => make(setting));
  }

  /** Runs every phase; with a number of seconds, takes a sample after each such time. */
  run(sampleSeconds?: number): this {
    const { phases, servers, meanMs } = this.#scenario;
    if (sampleSeconds !== undefined) this.#sampleEvery(sampleSeconds);
    let end = 0;
    for (const [i, phase] of phases.entries()) {
      this.#phase = phase;
      this.phases.push(new Tally());
      this.#service.servers = phase.servers ?? servers;
      this.#service.meanMs = phase.meanMs ?? meanMs;
      if (i === 0) this.#arrive();
      end += phase.seconds * 1000;
      this.time.runUntil(end);
    }
    return this;
  }

  /** The calls that were answered in time, in all phases. */
  get useful(): number {
    return this.phases.reduce((sum, phase) => sum + phase.useful, 0);
  }

  get limits(): readonly number[] {
    return this.#clients.map((client) => client.limit);
  }

  #arrive(): void {
    const gapMs = (-Math.log(1 - this.#random()) * 1000) / this.#phase.callsPerSecond;
    this.time.after(gapMs, () => {
      this.#offer();
      this.#arrive();
    });
  }

  #offer(): void {
    this.#rank = this.#drawRank();
    const client = this.#clients[Math.floor(this.#random() * this.#clients.length)]!;
    const tallies = [this.phases.at(-1)!, this.priorities[this.#rank]!];
    const permit = client.tryAcquire();
    for (const tally of tallies) {
      tally.offered++;
      if (permit === undefined) tally.refused++;
    }
    if (permit === undefined) return;
    const began = this.time.now();
    this.#service.call(() => {
      permit.success();
      // An answer counts where it comes, not where the call began.
      this.phases.at(-1)!.answered(this.time.now() - began, this.#scenario.usefulMs);
    });
  }

  #drawRank(): number {
    const { mix } = this.#scenario;
    if (mix === undefined) return 0;
    let draw = this.#random();
    const rank = mix.findIndex((share) => (draw -= share) < 0);
    return rank === -1 ? mix.length - 1 : rank;
  }

  #sampleEvery(seconds: number): void {
    let before = { useful: 0, offered: 0, answered: 0 };
    const totals = (): typeof before => ({
      useful: this.useful,
      offered: this.phases.reduce((sum, phase) => sum + phase.offered, 0),
      answered: this.phases.reduce((sum, phase) => sum + phase.latencies.length, 0),
    });
    this.time.every(seconds * 1000, () => {
      const now = totals();
      const latest = this.phases
        .flatMap((phase) => phase.latencies)
        .slice(before.answered, now.answered);
      this.samples.push({
        second: this.time.now() / 1000,
        limit: this.limits[0]!,
        servers: this.#service.servers,
        latencyMs: latest.reduce((sum, ms) => sum + ms, 0) / latest.length,
        usefulPerSecond: (now.useful - before.useful) / seconds,
        offeredPerSecond: (now.offered - before.offered) / seconds,
      });
      before = now;
    });
  }
}

/** A limit that somebody has set by hand. */
export class FixedLimit implements Admission {
  readonly limit: number;
  inFlight = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  tryAcquire(): Permit | undefined {
    if (this.inFlight >= this.limit) return undefined;
    this.inFlight++;
    const leave = (): void => {
      this.inFlight--;
    };
    return { success: leave, failure: leave, release: leave } as unknown as Permit;
  }
}
