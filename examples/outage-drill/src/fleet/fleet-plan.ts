/** How a process joins a fleet. Times are in ms. */
export interface FleetPlan {
  readonly store: StoreLocation;
  readonly nodeId: string;
  readonly syncInterval: number;
  /** The options of `pooled`: the minimum number of calls, and how long a call counts. */
  readonly minimumCalls: number;
  readonly over: number;
}

/** The kinds of stores that a fleet can share its circuit through. */
export type StoreKind = 'redis' | 'postgres';

/** Where a store is. */
export interface StoreLocation {
  readonly kind: StoreKind;
  readonly url: string;
  /** The namespace of the drill's data: a prefix of keys, or a schema. */
  readonly space: string;
}

const kinds: Readonly<Record<string, StoreKind>> = {
  'redis:': 'redis',
  'rediss:': 'redis',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
};

/** The kind of store that a URL names; `undefined` for none. */
export function storeKindOf({ protocol }: URL): StoreKind | undefined {
  return kinds[protocol];
}

/** The display names of the kinds of stores. */
export const storeNames: Readonly<Record<StoreKind, string>> = {
  redis: 'Redis',
  postgres: 'Postgres',
};
