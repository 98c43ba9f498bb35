// The process of one group of callers. It makes its calls from start to end, and reports each.
import { seededRandom } from '@highway/resilience/testing';
import { drillClock, onOrder, readPlan, tell, tellAndExit } from '../child-side.ts';
import type { CallersReport } from '../messages.ts';
import type { CircuitChange, RequestRecord } from '../report/records.ts';
import { CallLog } from './call-log.ts';
import { createClient } from './client.ts';
import { groupNamed } from './groups.ts';
import { startLoad } from './load.ts';
import type { CallersPlan } from './plan.ts';

const reportEveryMs = 100;
const warmUpCalls = 10;

const plan = readPlan() as CallersPlan;
const random = seededRandom(plan.seed);
let now = (): number => 0;
let requests: RequestRecord[] = [];
let circuit: CircuitChange[] = [];
const log = new CallLog(() => now());

const send = createClient(new URL(plan.url), (answer) => {
  if (plan.scripted) return; // There the service itself says what reached it.
  requests.push({ at: now(), answer });
});
const caller = groupNamed(plan.group).make({ send, profile: plan.profile, random });
caller.breaker?.on('stateChange', ({ oldState, newState }) => {
  circuit.push({ at: now(), from: oldState, to: newState });
});

function report(): CallersReport {
  const message = { type: 'calls', calls: log.take(), requests, circuit } as const;
  requests = [];
  circuit = [];
  return message;
}

function start(startAt: number): void {
  const clock = drillClock(startAt);
  now = () => clock.now();
  startLoad({ clock, random, rate: plan.rate, until: plan.seconds * 1000 }, () => {
    void log.follow(() => caller.call());
  });
  setInterval(() => {
    tell(report());
    if (now() >= plan.seconds * 1000 && log.underWay === 0) finish();
  }, reportEveryMs);
  // Calls that begin at the last moment get some time to end.
  clock.setTimeout(finish, plan.seconds * 1000 + plan.graceMs - clock.now());
}

function finish(): void {
  log.abandon();
  tell(report());
  tellAndExit({ type: 'finished' } satisfies CallersReport);
}

onOrder((order) => {
  if (order.type === 'start') start(order.startAt);
  else finish();
});

// The first requests would show the compiler's work and new connections, not the service's.
for (let i = 0; plan.scripted && i < warmUpCalls; i++) await send(AbortSignal.timeout(5000));
tell({ type: 'ready' } satisfies CallersReport);
