import { AdaptiveLimiterPolicy } from '@highway/resilience';
import type { Priority } from '@highway/resilience';
import { seededRandom } from '@highway/resilience/testing';
import { Admission } from '../../src/server/admission.ts';
import type { Verdict } from '../../src/server/arrival.ts';
import { LoopDelay } from '../../src/server/loop-delay.ts';
import { loadSheddingDefaults } from '../../src/server/options.ts';
import { Slots } from '../../src/server/slots.ts';
import { Visit } from '../../src/server/visit.ts';
import { EventLoop } from './event-loop.ts';

/** 5 ms of CPU; 50 ms in a pool of 10; 20 ms of waiting and then 5 ms of CPU. Each handles 200 requests a second. */
export type Kind = 'cpu' | 'io' | 'both';

export interface Scenario {
  readonly kind: Kind;
  /** Requests a second. */
  readonly rate: number;
  readonly fresh: boolean;
  readonly shedding: boolean;
  readonly priorities?: boolean;
}

interface Simulated {
  readonly at: number;
  readonly priority: Priority;
  verdict: Verdict | undefined;
  ms: number;
}

const seconds = 20;
/** Those before are not counted, in ms. */
const warmUpMs = 3_000;
/** What an answer with 503 takes, in ms. */
const refuseMs = 0.1;

function plan(rate: number): Simulated[] {
  const random = seededRandom(1);
  const requests: Simulated[] = [];
  for (let at = 0; at < seconds * 1_000; at += (-Math.log(1 - random()) * 1_000) / rate) {
    const draw = random();
    const priority = draw < 0.2 ? 'high' : draw < 0.6 ? 'normal' : 'low';
    requests.push({ at, priority, verdict: undefined, ms: Infinity });
  }
  return requests;
}

function handlerOf(kind: Kind, loop: EventLoop<Simulated>): (end: () => void) => void {
  const { clock } = loop;
  if (kind === 'cpu') {
    return (end) => {
      loop.spend(5);
      end();
    };
  }
  if (kind === 'both') {
    return (end) => {
      clock.setTimeout(() => {
        loop.spend(5);
        end();
      }, 20);
    };
  }
  let free = 10;
  const line: (() => void)[] = [];
  return (end) => {
    const use = (): void => {
      clock.setTimeout(() => {
        const next = line.shift();
        if (next === undefined) free++;
        else next();
        end();
      }, 50);
    };
    if (free > 0) {
      free--;
      use();
    } else {
      line.push(use);
    }
  };
}

/** What became of the requests: shares are of all requests, times in ms. */
export interface Figures {
  /** Answers within 500 ms, a second. */
  readonly good: number;
  readonly p50: number;
  readonly p99: number;
  readonly shed: number;
  readonly goodOf: Readonly<Record<'high' | 'normal' | 'low', number>>;
}

/** Runs the real admission on a simulated event loop. */
export function simulate({ kind, rate, fresh, shedding, priorities = true }: Scenario): Figures {
  const loop = new EventLoop<Simulated>();
  const { clock } = loop;
  const { initialLimit, maxLimit, maxLoopDelay } = loadSheddingDefaults;
  const admission = new Admission({
    clock,
    slots: new Slots(new AdaptiveLimiterPolicy({ clock, initialLimit, maxLimit }), Infinity),
    loopDelay: new LoopDelay(clock),
    maxLoopDelayMs: maxLoopDelay,
    nextTurn: (fn) => {
      loop.setImmediate(fn);
    },
  });
  const handle = handlerOf(kind, loop);
  const requests = plan(rate);
  loop.run(requests, fresh, (request) => {
    const end = (verdict: Verdict): void => {
      request.verdict = verdict;
      request.ms = loop.now - request.at;
    };
    if (!shedding) {
      handle(() => {
        end('accepted');
      });
      return;
    }
    const priority = priorities ? request.priority : undefined;
    const visit = new Visit({ ...idle, clock, priority, arrivedAt: loop.now });
    visit.decided = (verdict) => {
      if (verdict === 'accepted') {
        handle(() => {
          end(verdict);
          admission.leave(visit, true);
        });
      } else {
        loop.spend(refuseMs);
        end(verdict);
      }
    };
    const verdict = admission.arrive(visit);
    if (verdict !== undefined) visit.decided(verdict);
  });
  return figuresOf(requests.filter(({ at }) => at > warmUpMs));
}

const idle = { exempt: false, deadlineAt: Infinity };

function figuresOf(requests: readonly Simulated[]): Figures {
  const isGood = ({ verdict, ms }: Simulated): boolean => verdict === 'accepted' && ms < 500;
  const share = (part: readonly Simulated[], whole: readonly Simulated[]): number =>
    part.length / whole.length;
  const times = requests
    .filter(({ verdict }) => verdict === 'accepted')
    .map(({ ms }) => ms)
    .sort((a, b) => a - b);
  const quantile = (part: number): number => times[Math.floor(times.length * part)] ?? Infinity;
  const goodOf = (priority: Priority): number => {
    const all = requests.filter((each) => each.priority === priority);
    return share(all.filter(isGood), all);
  };
  return {
    good: requests.filter(isGood).length / (seconds - warmUpMs / 1_000),
    p50: quantile(0.5),
    p99: quantile(0.99),
    shed: share(
      requests.filter(({ verdict }) => verdict === 'shed'),
      requests,
    ),
    goodOf: { high: goodOf('high'), normal: goodOf('normal'), low: goodOf('low') },
  };
}
