// The process of one group of callers: makes the calls and reports each.
import { onOrder, readPlan, tell, tellAndExit } from '@highway-examples/drill-kit';
import { seededRandom } from '@highway/resilience/testing';
import { drillClock } from '../drill-clock.ts';
import { joinFleet } from '../fleet/join-fleet.ts';
import type { CallersReport, CallsReport, Order } from '../messages.ts';
import { CallLog } from './call-log.ts';
import { createClient } from './client.ts';
import type { Send } from './client.ts';
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

const request = createClient(new URL(plan.url), (answer) => {
  if (plan.scripted) return; // A scripted service reports its requests itself.
  pending.requests.push({ at: now(), answer });
});
const send: Send = (signal) => {
  // Only trial calls pass a half-open circuit.
  if (caller.breaker?.state === 'HALF_OPEN') pending.trialCalls.push(now());
  return request(signal);
};
const caller = groupNamed(plan.group).make({ send, profile: plan.profile, random });
caller.breaker?.on('stateChange', ({ oldState, newState }) => {
  pending.circuit.push({ at: now(), from: oldState, to: newState });
});

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
for (let i = 0; plan.scripted && i < warmUpCalls; i++) await request(AbortSignal.timeout(5000));
if (plan.fleet !== undefined && caller.breaker !== undefined) {
  leave = await joinFleet(caller.breaker, plan.fleet, () => pending.storeLosses.push(now()));
}
tell({ type: 'ready' } satisfies CallersReport);
