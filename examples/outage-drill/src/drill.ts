import { once } from 'node:events';
import { endpointGroups, groups } from './callers/groups.ts';
import type { CallersPlan } from './callers/plan.ts';
import { endpointProfile, scriptedProfile } from './callers/profile.ts';
import { Child } from './child.ts';
import type { ChildRules } from './child.ts';
import { sharedNow } from './child-side.ts';
import type { CallersReport, ServiceReport } from './messages.ts';
import type { DrillOptions } from './options.ts';
import { GroupTally } from './report/group-tally.ts';
import type { ServicePlan } from './service/service-life.ts';

const servicePlace = new URL('./service/service-process.js', import.meta.url);
const callersPlace = new URL('./callers/callers-process.js', import.meta.url);

/** All processes begin at the same moment, this long after they are told. */
const leadMs = 200;

type AnyChild = Pick<Child<never>, 'send' | 'end'>;

/** Callers that are ready; settles when all their calls are over. */
interface ReadyCallers {
  readonly finished: Promise<void>;
}

/**
 * The drill: for each group a process of callers and a service of its own, so that no group feels
 * what another does.
 */
export class Drill {
  readonly tallies: readonly GroupTally[];
  readonly #options: DrillOptions;
  readonly #services: AnyChild[] = [];
  readonly #callers: AnyChild[] = [];
  readonly #broken = new AbortController();
  #startAt = Infinity;
  #over = false;

  constructor(options: DrillOptions) {
    this.#options = options;
    const taking = options.url === undefined ? groups : endpointGroups;
    this.tallies = taking.map((group) => new GroupTally(group, options.seconds));
  }

  /** Milliseconds since it began; 0 before. */
  get elapsed(): number {
    return Math.max(0, sharedNow() - this.#startAt);
  }

  /**
   * Runs the drill to its end, or until the signal aborts; then none of its processes is left.
   * Rejects where one of them fails.
   */
  async run(signal: AbortSignal): Promise<void> {
    const ending = AbortSignal.any([signal, this.#broken.signal]);
    try {
      await Promise.race([this.#play(), once(ending, 'abort')]);
    } finally {
      this.#over = true;
      // The callers first: the end of a service would look like an outage to them.
      for (const children of [this.#callers, this.#services]) {
        await Promise.all(children.map((child) => child.end()));
      }
    }
    this.#broken.signal.throwIfAborted();
  }

  async #play(): Promise<void> {
    const ready = await Promise.all(this.tallies.map((tally, i) => this.#prepare(tally, i)));
    this.#startAt = sharedNow() + leadMs;
    for (const child of [...this.#services, ...this.#callers]) {
      child.send({ type: 'start', startAt: this.#startAt });
    }
    await Promise.all(ready.map(({ finished }) => finished));
  }

  async #prepare(tally: GroupTally, place: number): Promise<ReadyCallers> {
    const { url, seconds, rate, seed } = this.#options;
    const service = url?.href ?? (await this.#startService(tally, { seconds, rate, seed }));
    return this.#startCallers(tally, {
      group: tally.name,
      url: service,
      scripted: url === undefined,
      profile: url === undefined ? scriptedProfile(seconds) : endpointProfile,
      seconds,
      rate,
      // Groups don't draw the same numbers: what they have in common is the script.
      seed: seed + place + 1,
      graceMs: 1000,
    });
  }

  #startService(tally: GroupTally, plan: ServicePlan): Promise<string> {
    return new Promise((resolve) => {
      const onReport = (report: ServiceReport): void => {
        if (report.type === 'listening') {
          resolve(`http://127.0.0.1:${report.port}/`);
        } else {
          tally.addRequests(report.requests);
          tally.relapses = report.relapses;
        }
      };
      this.#add(this.#services, { program: servicePlace, plan, onReport });
    });
  }

  #startCallers(tally: GroupTally, plan: CallersPlan): Promise<ReadyCallers> {
    return new Promise((ready) => {
      const finished = new Promise<void>((finish) => {
        const onReport = (report: CallersReport): void => {
          if (report.type === 'ready') {
            ready({ finished });
          } else if (report.type === 'finished') {
            child?.release();
            finish();
          } else {
            tally.addCalls(report.calls);
            tally.addRequests(report.requests);
            tally.addChanges(report.circuit);
          }
        };
        const child = this.#add(this.#callers, { program: callersPlace, plan, onReport });
      });
    });
  }

  /** Starts a process, unless the drill is over already. */
  #add<Report>(
    children: AnyChild[],
    rules: Omit<ChildRules<Report>, 'onFailure'>,
  ): Child<Report> | undefined {
    if (this.#over) return undefined;
    const onFailure = (error: Error): void => {
      this.#broken.abort(error);
    };
    const child = new Child({ ...rules, onFailure });
    children.push(child);
    return child;
  }
}
