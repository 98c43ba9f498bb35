/** How a process takes part in a fleet. Times in ms. */
export interface FleetPlan {
  readonly store: StorePlace;
  readonly nodeId: string;
  readonly syncInterval: number;
  /** When the circuit opens for all: so many calls of all processes together, within such a time. */
  readonly minimumCalls: number;
  readonly over: number;
}

/** Which stores a fleet can share its circuit through. */
export type StoreKind = 'redis' | 'postgres';

/** Where a store is. */
export interface StorePlace {
  readonly kind: StoreKind;
  readonly url: string;
  /** What the drill's own data is kept under: the prefix of keys, or a schema. */
  readonly space: string;
}

const kinds: Readonly<Record<string, StoreKind>> = {
  'redis:': 'redis',
  'rediss:': 'redis',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
};

/** Which kind of store a URL names; `undefined` for none. */
export function storeKindOf({ protocol }: URL): StoreKind | undefined {
  return kinds[protocol];
}

/** What the kinds of stores are called. */
export const storeNames: Readonly<Record<StoreKind, string>> = {
  redis: 'Redis',
  postgres: 'Postgres',
};
