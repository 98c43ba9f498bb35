import { once } from 'node:events';
import { Child, sharedNow } from '@highway-examples/drill-kit';
import type { ChildRules } from '@highway-examples/drill-kit';
import type { CallersPlan } from './callers/plan.ts';
import type { CallersReport, Order, ServiceReport } from './messages.ts';
import type { GroupTally } from './report/group-tally.ts';
import type { Scene } from './scene.ts';
import type { ServicePlan } from './service/service-life.ts';

const serviceProgram = new URL('./service/service-process.js', import.meta.url);
const callersProgram = new URL('./callers/callers-process.js', import.meta.url);

/** All processes start at the same moment, this long after the order. */
const leadMs = 200;

type AnyChild = Pick<Child<Order, never>, 'send' | 'end'>;

/** Callers that are ready; settles when all their calls have ended. */
interface ReadyCallers {
  readonly finished: Promise<void>;
}

/** The drill: all scenes at the same time, with processes for each service and its callers. */
export class Drill {
  readonly #scenes: readonly Scene[];
  readonly #services: AnyChild[] = [];
  readonly #callers: AnyChild[] = [];
  readonly #broken = new AbortController();
  #startAt = Infinity;
  #over = false;

  constructor(scenes: readonly Scene[]) {
    this.#scenes = scenes;
  }

  /** Milliseconds since the start; 0 before. */
  get elapsed(): number {
    return Math.max(0, sharedNow() - this.#startAt);
  }

  /**
   * Runs the drill to its end, or until the signal aborts. No process is left then. Rejects if one of
   * them fails.
   */
  async run(signal: AbortSignal): Promise<void> {
    const ending = AbortSignal.any([signal, this.#broken.signal]);
    try {
      if (!ending.aborted) await Promise.race([this.#play(), once(ending, 'abort')]);
    } finally {
      this.#over = true;
      // Callers first: to them, the end of the service would look like an outage.
      for (const children of [this.#callers, this.#services]) {
        await Promise.all(children.map((child) => child.end()));
      }
    }
    this.#broken.signal.throwIfAborted();
  }

  async #play(): Promise<void> {
    const ready = await Promise.all(this.#scenes.map((scene) => this.#prepare(scene)));
    this.#startAt = sharedNow() + leadMs;
    for (const child of [...this.#services, ...this.#callers]) {
      child.send({ type: 'start', startAt: this.#startAt });
    }
    await Promise.all(ready.flat().map(({ finished }) => finished));
  }

  async #prepare({ tally, service, callers }: Scene): Promise<readonly ReadyCallers[]> {
    const url = service instanceof URL ? service.href : await this.#startService(tally, service);
    return Promise.all(callers(url).map((plan) => this.#startCallers(tally, plan)));
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
      this.#add(this.#services, { program: serviceProgram, plan, onReport });
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
            tally.addReport(report);
          }
        };
        const child = this.#add(this.#callers, { program: callersProgram, plan, onReport });
      });
    });
  }

  /** Starts a process, unless the drill has ended. */
  #add<Report>(
    children: AnyChild[],
    rules: Omit<ChildRules<Report>, 'onFailure'>,
  ): Child<Order, Report> | undefined {
    if (this.#over) return undefined;
    const onFailure = (error: Error): void => {
      this.#broken.abort(error);
    };
    const child = new Child<Order, Report>({ ...rules, onFailure });
    children.push(child);
    return child;
  }
}
