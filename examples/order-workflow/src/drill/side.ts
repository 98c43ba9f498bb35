import { Child, sharedNow } from '@highway-examples/drill-kit';
import type { Timeline, Phase } from '../timeline.ts';
import type {
  DatabasePlace,
  ServicesOrder,
  ServicesPlan,
  ServicesReport,
  Work,
  WorkerKind,
  WorkerOrder,
  WorkerPlan,
  WorkerReport,
} from '../messages.ts';
import type { Order } from '../orders.ts';
import type { SideTally } from '../report/side-tally.ts';
import type { ServiceUrls } from '../services/effects.ts';

const servicesPlace = new URL('../services/services-process.js', import.meta.url);
const workerPlace = new URL('../worker/worker-process.js', import.meta.url);

/** A worker that has only just started isn't worth a kill: there is nothing yet to lose. */
const leastLifeMs = 300;

/** A worker that was started again in the outage gets so long to feel it, and not longer than that. */
const feelingMs = 1_000;
const longestMs = 15_000;

/** What a side is made of. */
export interface SideParts {
  readonly kind: WorkerKind;
  readonly work: Work;
  readonly database: DatabasePlace;
  readonly orders: readonly Order[];
  readonly timeline: Timeline;
  readonly seed: number;
  readonly tally: SideTally;
  /** Hears of what must not happen. */
  readonly onFailure: (error: Error) => void;
}

/**
 * One side of the drill: a worker, the services that it calls, and the shop that hands it its orders.
 * An order that the worker has not confirmed when it dies is handed to the next one again.
 */
export class Side {
  readonly tally: SideTally;
  readonly #parts: SideParts;
  #services: Child<ServicesOrder, ServicesReport> | undefined = undefined;
  #worker: Child<WorkerOrder, WorkerReport> | undefined = undefined;
  #urls: ServiceUrls | undefined = undefined;
  /** Since when the worker takes orders, in ms since the drill began; `Infinity` while it doesn't. */
  #readyAt = Infinity;
  /** When the last order was confirmed; `Infinity` before. */
  #confirmedAt = Infinity;
  #over = false;
  #startAt = Infinity;
  /** Orders that no worker has been handed yet, and those that none has confirmed yet. */
  readonly #waiting: Order[];
  readonly #unconfirmed = new Map<string, Order>();

  constructor(parts: SideParts) {
    this.#parts = parts;
    this.tally = parts.tally;
    this.#waiting = [...parts.orders];
  }

  /** Whether all orders have come to their end. */
  get isOver(): boolean {
    return this.tally.ended === this.#parts.orders.length;
  }

  /** Starts the services and the first worker, and waits until both are there. */
  async prepare(): Promise<void> {
    const { seed } = this.#parts;
    this.#urls = await new Promise<ServiceUrls>((resolve) => {
      this.#services = this.#start<ServicesOrder, ServicesReport>(
        servicesPlace,
        { seed } satisfies ServicesPlan,
        (report) => {
          if (report.type === 'listening') resolve(report.urls);
          else this.tally.addNews(report.calls, report.entries);
        },
      );
    });
    await this.#startWorker();
  }

  /** Time begins. */
  begin(startAt: number): void {
    this.#startAt = startAt;
    this.#services?.send({ type: 'start', startAt });
  }

  /** The payment service goes down, or comes back. */
  enter(phase: Phase): void {
    this.#services?.send({ type: 'phase', phase });
  }

  /** Whether this phase has shown what it is for, so that the next one may begin. */
  isThroughWith(phase: Phase): boolean {
    const { kills, calmMs, outageMs } = this.#parts.timeline;
    const { entries } = this.tally;
    if (phase === 'healthy') return calmMs === 0 || entries.some(({ effect }) => effect === 'ship');
    // In a benchmark the outage counts from when all runs are there to feel it.
    if (kills === 0) return this.#elapsed >= this.#confirmedAt + outageMs;
    return this.tally.kills > 0 && this.#hasFeltOutage;
  }

  /** Does what is due: orders come in, and the worker is killed. */
  tick(elapsed: number): void {
    const { orders, timeline } = this.#parts;
    const due = Math.ceil((orders.length * elapsed) / timeline.ordersUntil);
    const placed = orders.length - this.#waiting.length;
    const now = this.#waiting.splice(0, Math.max(0, due - placed));
    for (const order of now) this.#unconfirmed.set(order.id, order);
    if (now.length > 0) this.#hand(now);
    const isDue = elapsed >= timeline.nextKill(this.tally.kills);
    if (isDue && this.#hasLived(leastLifeMs)) this.#kill(elapsed);
  }

  /** Ends its processes, and hears the rest of what they have to tell. */
  async end(): Promise<void> {
    this.#over = true;
    // The worker first: the end of the services would look like an outage to it.
    await this.#worker?.end();
    await this.#services?.end();
  }

  #kill(elapsed: number): void {
    this.#readyAt = Infinity;
    this.tally.addWorkerChange({ at: elapsed, state: 'killed' });
    void this.#worker?.kill().then(() => (this.#over ? undefined : this.#startWorker()));
  }

  #startWorker(): Promise<void> {
    const { kind, work, database, seed } = this.#parts;
    const plan: WorkerPlan = { kind, work, database, seed, urls: this.#urls! };
    return new Promise((resolve) => {
      const onReport = (report: WorkerReport): void => {
        if (report.type === 'status') {
          this.tally.addStatus(report, this.#elapsed);
        } else if (report.type === 'placed') {
          this.#confirm(report.id);
        } else {
          this.#welcome();
          resolve();
        }
      };
      this.#worker = this.#start<WorkerOrder, WorkerReport>(workerPlace, plan, onReport);
    });
  }

  /** Whether the worker that is there has called the payment service, and seen what comes of it. */
  get #hasFeltOutage(): boolean {
    const called = this.tally.calls.some(({ at }) => at > this.#readyAt);
    return (called && this.#hasLived(feelingMs)) || this.#hasLived(longestMs);
  }

  #confirm(id: string): void {
    this.#unconfirmed.delete(id);
    if (this.#waiting.length + this.#unconfirmed.size === 0) this.#confirmedAt = this.#elapsed;
  }

  /** Whether there is a worker that has been at work for so long. */
  #hasLived(ms: number): boolean {
    return this.#elapsed >= this.#readyAt + ms;
  }

  /** A worker is ready: it gets what others left unconfirmed. */
  #welcome(): void {
    this.#readyAt = this.#elapsed;
    this.tally.addWorkerChange({ at: this.#elapsed, state: 'up' });
    this.#hand([...this.#unconfirmed.values()]);
  }

  #hand(orders: readonly Order[]): void {
    const isReady = this.#readyAt < Infinity;
    if (isReady && orders.length > 0) this.#worker?.send({ type: 'place', orders });
  }

  #start<Told extends object, Report>(
    program: URL,
    plan: object,
    onReport: (report: Report) => void,
  ): Child<Told, Report> {
    return new Child({ program, plan, onReport, onFailure: this.#parts.onFailure });
  }

  get #elapsed(): number {
    return Math.max(0, sharedNow() - this.#startAt);
  }
}
