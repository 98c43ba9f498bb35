// The process of one service: reports its port, follows the script, and reports every request.
import { onOrder, readPlan, tell, tellAndExit } from '@highway-examples/drill-kit';
import { drillClock } from '../drill-clock.ts';
import type { Order, ServiceReport } from '../messages.ts';
import type { RequestRecord } from '../report/records.ts';
import { ServiceLife } from './service-life.ts';
import type { Answer, ServicePlan } from './service-life.ts';
import { portOf, startService } from './service.ts';

const reportEveryMs = 100;

const life = new ServiceLife(readPlan() as ServicePlan);
let now: (() => number) | undefined;
let requests: RequestRecord[] = [];

function decide(): Answer {
  // Requests before the start only open connections and warm up the code.
  if (now === undefined) return { kind: 'ok', delay: 0 };
  const at = now();
  const answer = life.answer(at);
  requests.push({ at, answer: answer.kind });
  return answer;
}

function report(): ServiceReport {
  const message = { type: 'requests', requests, relapses: life.relapses } as const;
  requests = [];
  return message;
}

onOrder((order: Order) => {
  if (order.type === 'start') {
    const clock = drillClock(order.startAt);
    now = () => clock.now();
    setInterval(() => {
      if (requests.length > 0) tell(report());
    }, reportEveryMs);
  } else {
    tellAndExit(report());
  }
});

const server = await startService(decide);
tell({ type: 'listening', port: portOf(server) } satisfies ServiceReport);
