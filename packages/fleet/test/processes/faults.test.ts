import { describe, expect, it, vi } from 'vitest';
import { startProxy } from '@highway/servers';
import type { RunningServer, TcpProxy } from '@highway/servers';
import { startDependency } from '../support/dependency.ts';
import type { Dependency } from '../support/dependency.ts';
import { ProcessFleet } from '../support/process-fleet.ts';
import { sharedStores } from '../support/shared-stores.ts';
import type { SharedStore } from '../support/shared-stores.ts';

vi.setConfig({ testTimeout: 120_000 });

const syncInterval = 200;
const breaker = { failureThreshold: '3/6', successThreshold: '3/3', cooldown: 600 } as const;

interface Scene {
  readonly shared: SharedStore;
  readonly server: RunningServer;
  readonly proxy: TcpProxy;
  readonly fleet: ProcessFleet;
  readonly dependency: Dependency;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The faults: how each one begins and ends. */
const faults: Readonly<
  Record<string, { begin(scene: Scene): unknown; end(scene: Scene): unknown }>
> = {
  'a store that is killed and comes back empty': {
    begin: ({ server }) => server.kill(),
    end: ({ server }) => server.restart({ empty: true }),
  },
  'a store that is frozen': {
    begin: ({ server }) => {
      server.pause();
    },
    end: ({ server }) => {
      server.resume();
    },
  },
  'a store that is slow': {
    begin: ({ proxy }) => {
      proxy.delay(500);
    },
    end: ({ proxy }) => {
      proxy.delay(0);
    },
  },
  'a network that is cut': {
    begin: ({ proxy }) => proxy.cut(),
    end: ({ proxy }) => proxy.heal(),
  },
  'a network that swallows everything': {
    begin: ({ proxy }) => proxy.blackhole(),
    end: ({ proxy }) => proxy.heal(),
  },
  'a store that answers with errors': {
    begin: ({ shared, server }) => shared.fail(server),
    end: ({ shared, server }) => shared.accept(server),
  },
  'processes that are frozen past their leases': {
    begin: ({ fleet }) => {
      for (const process of fleet.processes.slice(0, 2)) process.kill('SIGSTOP');
    },
    end: ({ fleet }) => {
      for (const process of fleet.processes.slice(0, 2)) process.kill('SIGCONT');
    },
  },
};

/** The number of frozen processes. */
const frozen = 2;

describe.each(sharedStores)(
  'no call is rejected, fails or waits, and all agree again, on $store after',
  (shared) => {
    it.each(Object.entries(faults))('%s', async (_name, { begin, end }) => {
      await using server = await shared.start();
      await using proxy = await startProxy(server);
      await using dependency = await startDependency();
      const url = server.url.replace(String(server.port), String(proxy.port));
      const { store } = shared;
      const settings = { store, url, dependency: dependency.url, syncInterval, breaker };
      await using fleet = await ProcessFleet.start(4, settings);
      // One more process has the name of another, and its wall clock is an hour ahead.
      const twin = fleet.add({ nodeId: 'node-3', wallOffsetMs: 3_600_000 });
      await twin.hear('ready', true);
      await fleet.agreeOn('CLOSED');
      fleet.tell({ type: 'rate', callsPerSecond: 50 });

      const scene = { shared, server, proxy, fleet, dependency };
      await begin(scene);
      await pause(1500);
      const running = fleet.processes.slice(frozen);
      for (const process of running) {
        const report = await process.report();
        expect(report).toMatchObject({ failed: 0, rejected: 0, surprises: [] });
        expect(report?.succeeded).toBeGreaterThan(20);
        expect(report!.underWay).toBeLessThan(report!.succeeded);
      }

      // Each process discovers an outage in the meantime alone.
      dependency.sick = true;
      while (!running.every((process) => process.entered('OPEN') > 0)) await pause(20);
      await end(scene);
      await fleet.until('connected', (reports) =>
        reports.every(({ status }) => status === 'connected'),
      );
      dependency.sick = false;
      const reports = await fleet.agreeOn('CLOSED');
      expect(reports.flatMap(({ surprises }) => surprises)).toEqual([]);
    });
  },
);
