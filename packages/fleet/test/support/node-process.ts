// One process of a fleet: calls a dependency over HTTP through an attached breaker, at a rate, and
// reports to its parent. Started by `process-fleet.ts`.
import { request } from 'node:http';
import process from 'node:process';
import { CircuitBreakerPolicy, CircuitOpenError, systemClock } from '@highway/resilience';
import { Fleet, pooled, quorum } from '@highway/fleet';
import type { FleetStore } from '@highway/fleet';
import type { NodeReport, ProcessOrder, ProcessSettings } from './process-messages.ts';

const settings = JSON.parse(process.argv[2]!) as ProcessSettings;
const wallOffset = settings.wallOffsetMs ?? 0;
const clock = { ...systemClock, wallNow: () => Date.now() + wallOffset };

const report: NodeReport = {
  type: 'report',
  succeeded: 0,
  failed: 0,
  rejected: 0,
  surprises: [],
  underWay: 0,
  state: 'CLOSED',
  status: 'degraded',
  rejectedAt: 0,
  passedAt: 0,
};

const store = await openStore();
if (settings.deaf === true) store.subscribe = () => Promise.resolve(() => Promise.resolve());
const fleet = new Fleet({
  store,
  clock,
  nodeId: settings.nodeId,
  syncInterval: settings.syncInterval,
  ...(settings.syncTimeout !== undefined && { syncTimeout: settings.syncTimeout }),
});
fleet.on('status', ({ status }) => {
  tell({ type: 'status', status, at: now() });
});
const breaker = fleet.attach(
  new CircuitBreakerPolicy({ name: 'dependency', clock, ...settings.breaker }),
  {
    trip:
      settings.pooled === undefined ? quorum(settings.quorum ?? '1/2') : pooled(settings.pooled),
  },
);
breaker.on('stateChange', ({ newState }) => {
  tell({ type: 'state', state: newState, at: now() });
});
let timer: NodeJS.Timeout | undefined;

process.on('message', (order: ProcessOrder) => {
  void execute(order);
});
process.on('disconnect', () => {
  process.exit(0);
});
process.on('unhandledRejection', (error) => report.surprises.push(`unhandled: ${String(error)}`));
await fleet.join();
tell({ type: 'ready', at: now() });

async function execute(order: ProcessOrder): Promise<void> {
  if (order.type === 'rate') {
    clearInterval(timer);
    if (order.callsPerSecond > 0)
      timer = setInterval(() => void call(), 1000 / order.callsPerSecond);
  } else if (order.type === 'call') {
    await call();
  } else if (order.type === 'forget') {
    Object.assign(report, { succeeded: 0, failed: 0, rejected: 0, rejectedAt: 0, passedAt: 0 });
  } else if (order.type === 'report') {
    tell({ ...report, state: breaker.state, status: fleet.status });
  } else if (order.type === 'operate') {
    await fleet[order.command]('dependency');
  } else if (order.type === 'sync') {
    await fleet.sync();
    tell({ type: 'synced', at: now() });
  } else {
    clearInterval(timer);
    await fleet.leave();
    tell({ type: 'left', at: now() });
    process.exit(0);
  }
}

async function call(): Promise<void> {
  report.underWay++;
  try {
    await breaker.execute(askDependency);
    report.succeeded++;
    report.passedAt ||= now();
  } catch (error) {
    if (error instanceof CircuitOpenError) {
      report.rejected++;
      report.rejectedAt ||= now();
    } else if (error instanceof DependencyError) {
      report.failed++;
    } else {
      report.surprises.push(String(error));
    }
  } finally {
    report.underWay--;
  }
}

class DependencyError extends Error {}

function askDependency(): Promise<void> {
  return new Promise((resolve, reject) => {
    request(
      settings.dependency,
      { headers: { 'x-node': settings.nodeId, 'x-state': breaker.state } },
      (response) => {
        response.resume();
        if (response.statusCode === 200) resolve();
        else reject(new DependencyError(String(response.statusCode)));
      },
    )
      .on('error', (error) => {
        reject(new DependencyError(error.message));
      })
      .end();
  });
}

async function openStore(): Promise<FleetStore> {
  if (settings.store === 'postgres') {
    const { PostgresStore } = await import('@highway/fleet/postgres');
    return new PostgresStore({ connectionString: settings.url });
  }
  const { Redis } = await import('ioredis');
  const { RedisStore } = await import('@highway/fleet/redis');
  const client = new Redis(settings.url, { retryStrategy: () => 50, maxRetriesPerRequest: 1 });
  client.on('error', () => {
    // The store rejects by itself; without this listener, an error would end the process.
  });
  return new RedisStore({ client });
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

function tell(message: object): void {
  process.send?.(message);
}
