import { randomBytes } from 'node:crypto';
import { startPostgres, startRedis } from '@highway/servers';
import type { DrillOptions } from '../options.ts';
import { storeKindOf, storeNames } from './fleet-plan.ts';
import type { StoreKind, StorePlace } from './fleet-plan.ts';
import { openStore } from './open-store.ts';

/** A store that a fleet can share its circuit through. */
export interface ProvidedStore extends AsyncDisposable {
  readonly place: StorePlace;
  /** What it is and where, without what is secret. */
  readonly title: string;
}

/**
 * Starts a store, or takes the user's own; disposing ends the one, and removes the drill's data from
 * the other. Rejects where it can't be reached.
 */
export async function provideStore({ store, storeUrl }: DrillOptions): Promise<ProvidedStore> {
  // So that drills beside each other, or after each other, don't share a circuit.
  const space = `highway_drill_${randomBytes(4).toString('hex')}`;
  return storeUrl === undefined
    ? startStore(store ?? 'redis', space)
    : borrowStore(storeUrl, space);
}

async function startStore(kind: StoreKind, space: string): Promise<ProvidedStore> {
  const server = await (kind === 'redis' ? startRedis() : startPostgres());
  return {
    place: { kind, url: server.url, space },
    title: `${storeNames[kind]} on ${server.host}:${server.port}, process ${server.pid}`,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

async function borrowStore(url: URL, space: string): Promise<ProvidedStore> {
  const place = { kind: storeKindOf(url)!, url: url.href, space };
  await ask(place);
  return {
    place,
    title: titleOf(place),
    [Symbol.asyncDispose]: async () => {
      // What it held there is worth nothing now; where it can't be removed, it stays.
      const again = await openStore(place).catch(() => undefined);
      await again?.clear().catch(() => undefined);
      await again?.close();
    },
  };
}

/** Asks the store for something, so that one that can't be used is told of before the drill. */
async function ask(place: StorePlace): Promise<void> {
  try {
    const opened = await openStore(place);
    await opened.store.view().finally(() => opened.close());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${titleOf(place)} can't be used: ${why}`, { cause: error });
  }
}

/** The user's name and password are left out. */
function titleOf({ kind, url }: StorePlace): string {
  const { protocol, host, pathname } = new URL(url);
  return `${storeNames[kind]} at ${protocol}//${host}${pathname}`;
}
