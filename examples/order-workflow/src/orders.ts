import { seededRandom } from '@highway/resilience/testing';

/** What somebody buys. */
export interface Order {
  readonly id: string;
  readonly item: string;
  /** In cents. */
  readonly amount: number;
  /** Where it goes. */
  readonly country: string;
}

/** A country without a carrier, so that shipping rejects the order. */
export const unreachable = 'Atlantis';

const items = ['kettle', 'lamp', 'globe', 'radio', 'clock'];
const countries = ['Chile', 'Ghana', 'Japan', 'Norway', 'Poland'];

/** One order of so many can't be shipped. */
const rejectedShare = 20;

/** Makes orders; the same seed gives the same ones. */
export function makeOrders(count: number, seed: number): readonly Order[] {
  const random = seededRandom(seed);
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)]!;
  const rejected = new Set<number>();
  while (rejected.size < Math.max(1, Math.round(count / rejectedShare))) {
    rejected.add(Math.floor(random() * count));
  }
  return Array.from({ length: count }, (_, i) => ({
    id: `order-${i + 1}`,
    item: pick(items),
    amount: 500 + Math.floor(random() * 20_000),
    country: rejected.has(i) ? unreachable : pick(countries),
  }));
}
