// The process of one group of callers: makes the calls and reports each.
import { onOrder, readPlan, tell, tellAndExit } from '@highway-examples/drill-kit';
import { seededRandom } from '@highway/resilience/testing';
import { drillClock } from '../drill-clock.ts';
import { joinFleet } from '../fleet/join-fleet.ts';
import type { CallersReport, CallsReport, Order } from '../messages.ts';
import { CallLog } from './call-log.ts';
import { createClient } from './client.ts';
import type { Client } from './client.ts';
import { groupNamed } from './groups.ts';
import { startLoad } from './load.ts';
import type { CallersPlan } from './plan.ts';

const reportEveryMs = 100;
const warmUpCalls = 10;

const plan = readPlan() as CallersPlan;
const random = seededRandom(plan.seed);
let now = (): number => 0;
let pending = emptyReport();
let leave = (): Promise<void> => Promise.resolve();
let finishing = false;
const log = new CallLog(() => now());

const client = createClient(new URL(plan.url), (answer) => {
  if (plan.scripted) return; // A scripted service reports its requests itself.
  pending.requests.push({ at: now(), answer });
});
const watched: Client = {
  send: (signal) => {
    noteTrialCall();
    return client.send(signal);
  },
  fetch: (input, init) => {
    noteTrialCall();
    return client.fetch(input, init);
  },
};
const { url, profile } = plan;
const caller = groupNamed(plan.group).make({ url, client: watched, profile, random });
caller.circuit?.onStateChange((from, to) => {
  pending.circuit.push({ at: now(), from, to });
});

/** Only trial calls pass a half-open circuit. */
function noteTrialCall(): void {
  if (caller.circuit?.state === 'HALF_OPEN') pending.trialCalls.push(now());
}

/** What the next report collects. */
function emptyReport() {
  return {
    requests: [] as CallsReport['requests'][number][],
    circuit: [] as CallsReport['circuit'][number][],
    trialCalls: [] as number[],
    storeLosses: [] as number[],
  };
}

function report(): CallersReport {
  const collected = pending;
  pending = emptyReport();
  return { type: 'calls', process: plan.process, calls: log.take(), ...collected };
}

function start(startAt: number): void {
  const clock = drillClock(startAt);
  now = () => clock.now();
  startLoad({ clock, random, rate: plan.rate, until: plan.seconds * 1000 }, () => {
    void log.follow(() => caller.call());
  });
  setInterval(() => {
    if (finishing) return;
    tell(report());
    if (now() >= plan.seconds * 1000 && log.underWay === 0) finish();
  }, reportEveryMs);
  // Calls that start at the last moment get some time to end.
  clock.setTimeout(finish, plan.seconds * 1000 + plan.graceMs - clock.now());
}

function finish(): void {
  if (finishing) return;
  finishing = true;
  log.abandon();
  tell(report());
  void leave().finally(() => {
    tellAndExit({ type: 'finished' } satisfies CallersReport);
  });
}

onOrder((order: Order) => {
  if (order.type === 'start') start(order.startAt);
  else finish();
});

// The first requests would measure compilation and new connections, not the service.
for (let i = 0; plan.scripted && i < warmUpCalls; i++) await client.send(AbortSignal.timeout(5000));
const breaker = caller.circuit?.breaker;
if (plan.fleet !== undefined && breaker !== undefined) {
  leave = await joinFleet(breaker, plan.fleet, () => pending.storeLosses.push(now()));
}
tell({ type: 'ready' } satisfies CallersReport);
