import { randomBytes } from 'node:crypto';
import { startPostgres, startRedis } from '@highway/servers';
import type { DrillOptions } from '../options.ts';
import { storeKindOf, storeNames } from './fleet-plan.ts';
import type { StoreKind, StoreLocation } from './fleet-plan.ts';
import { openStore } from './open-store.ts';

/** A store that a fleet can share its circuit through. */
export interface ProvidedStore extends AsyncDisposable {
  readonly location: StoreLocation;
  /** Its kind and address, without secrets. */
  readonly title: string;
}

/**
 * Starts a store, or uses the user's own. Disposing stops a started store, and removes the drill's data
 * from the user's. Rejects if the store is unreachable.
 */
export async function provideStore({ store, storeUrl }: DrillOptions): Promise<ProvidedStore> {
  // Drills at the same time, or one after the other, must not share a circuit.
  const space = `highway_drill_${randomBytes(4).toString('hex')}`;
  return storeUrl === undefined
    ? startStore(store ?? 'redis', space)
    : borrowStore(storeUrl, space);
}

async function startStore(kind: StoreKind, space: string): Promise<ProvidedStore> {
  const server = await (kind === 'redis' ? startRedis() : startPostgres());
  return {
    location: { kind, url: server.url, space },
    title: `${storeNames[kind]} on ${server.host}:${server.port}, process ${server.pid}`,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

async function borrowStore(url: URL, space: string): Promise<ProvidedStore> {
  const location = { kind: storeKindOf(url)!, url: url.href, space };
  await checkStore(location);
  return {
    location,
    title: titleOf(location),
    [Symbol.asyncDispose]: async () => {
      // The data is of no use any more. If it cannot be removed, it stays.
      const again = await openStore(location).catch(() => undefined);
      await again?.clear().catch(() => undefined);
      await again?.close();
    },
  };
}

/** Reads from the store once, so that an unusable one is reported before the drill starts. */
async function checkStore(location: StoreLocation): Promise<void> {
  try {
    const opened = await openStore(location);
    await opened.store.view().finally(() => opened.close());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${titleOf(location)} cannot be used: ${why}`, { cause: error });
  }
}

/** Leaves out the user name and the password. */
function titleOf({ kind, url }: StoreLocation): string {
  const { protocol, host, pathname } = new URL(url);
  return `${storeNames[kind]} at ${protocol}//${host}${pathname}`;
}
