import type { Outage } from '../timeline.ts';
import type { Order } from '../orders.ts';
import { unreachable } from '../orders.ts';
import type { Effect } from '../services/effects.ts';
import type { LedgerEntry } from '../services/ledger.ts';
import type { SideTally } from './side-tally.ts';

/** The results of one side, according to the services' own ledgers. */
export interface SideFigures {
  /** Reserved, paid and shipped, each once. */
  readonly done: number;
  /** Reserved and paid once, and both compensated once, since shipping rejected the order. */
  readonly compensated: number;
  /** On the way to one of these, with nothing done twice. */
  readonly unfinished: number;
  /** The ids of all other orders, for example those for which something was done twice. */
  readonly wrong: readonly string[];
  /** Calls to the payment service. */
  readonly bankCalls: number;
  readonly bankCallsInOutage: number;
  /** How many of the calls after the outage it rejected because there were too many at once. */
  readonly rejectedForOverload: number;
  /** Calls for work that was already done, but whose result was lost in a crash. */
  readonly repeated: number;
  readonly kills: number;
  /** From the end of the outage to the last thing done for an order; null while orders are open. */
  readonly recoveredAfter: number | null;
}

const completed: readonly Effect[] = ['reserve', 'charge', 'ship'];
const compensatedOrder: readonly Effect[] = ['reserve', 'charge', 'refund', 'release'];

/** The effects that an order must have, in this order. */
export type Wanted = (order: Order) => readonly Effect[];

const wholeOrder: Wanted = ({ country }) =>
  country === unreachable ? compensatedOrder : completed;

/** The figures of a side so far. */
export function figuresOf(
  tally: SideTally,
  orders: readonly Order[],
  outage: Outage,
  wanted: Wanted = wholeOrder,
): SideFigures {
  const { calls, entries, kills } = tally;
  const first = entries.filter(({ repeated }) => !repeated);
  const ends = endsOf(orders, first, wanted);
  const open = ends.unfinished > 0 || ends.wrong.length > 0;
  const last = first.reduce((latest, { at }) => Math.max(latest, at), -Infinity);
  return {
    ...ends,
    bankCalls: calls.length,
    bankCallsInOutage: calls.filter(({ answer }) => answer === 'down').length,
    rejectedForOverload: calls.filter(({ answer }) => answer === 'overloaded').length,
    repeated: entries.length - first.length,
    kills,
    recoveredAfter: open ? null : Math.max(0, last - outage.outageTo),
  };
}

function endsOf(
  orders: readonly Order[],
  entries: readonly LedgerEntry[],
  wanted: Wanted,
): Pick<SideFigures, 'done' | 'compensated' | 'unfinished' | 'wrong'> {
  const effects = new Map<string, Effect[]>(orders.map(({ id }) => [id, []]));
  for (const { order, effect } of entries) effects.get(order)?.push(effect);
  const ends = { done: 0, compensated: 0, unfinished: 0 };
  const wrong: string[] = [];
  for (const order of orders) {
    const whole = wanted(order);
    const end = endOf(effects.get(order.id)!, whole);
    if (end === 'wrong') wrong.push(order.id);
    else if (end === 'unfinished') ends.unfinished += 1;
    else if (whole === compensatedOrder) ends.compensated += 1;
    else ends.done += 1;
  }
  return { ...ends, wrong };
}

/** How what was done for an order compares with what should be, in its order. */
function endOf(
  seen: readonly Effect[],
  wanted: readonly Effect[],
): 'finished' | 'unfinished' | 'wrong' {
  if (seen.length > wanted.length || seen.some((effect, i) => effect !== wanted[i])) return 'wrong';
  return seen.length === wanted.length ? 'finished' : 'unfinished';
}
