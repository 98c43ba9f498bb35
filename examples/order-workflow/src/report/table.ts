import { count, sideBySide, time, timeUntil } from '@highway-examples/drill-kit';
import type { Outage } from '../timeline.ts';
import type { SideFigures } from './figures.ts';
import type { OrderDrillResults } from './results.ts';

interface Row {
  readonly label: string;
  readonly cell: (figures: SideFigures, results: OrderDrillResults) => string;
}

const rows: readonly Row[] = [
  { label: 'Orders', cell: (_, { orders }) => count(orders) },
  { label: 'Reserved, paid and shipped, each once', cell: ({ done }) => count(done) },
  {
    label: 'Rejected by shipping, and compensated once',
    cell: ({ compensated }) => count(compensated),
  },
  { label: 'Still open', cell: ({ unfinished }) => count(unfinished) },
  { label: 'Anything done twice or not at all', cell: ({ wrong }) => count(wrong.length) },
  { label: 'The outage took', cell: (_, { outage }) => lengthOf(outage) },
  { label: 'Worker killed', cell: ({ kills }) => `${count(kills)} ×` },
  {
    label: 'Calls repeated after a crash, by their key',
    cell: ({ repeated }) => count(repeated),
  },
  { label: 'Payment calls', cell: ({ bankCalls }) => count(bankCalls) },
  {
    label: '  of these during the outage',
    cell: ({ bankCallsInOutage }) => count(bankCallsInOutage),
  },
  {
    label: '  of these rejected for overload',
    cell: ({ rejectedForOverload }) => count(rejectedForOverload),
  },
  {
    label: 'Last order done, after the recovery',
    cell: ({ recoveredAfter }, { endedAt, outage }) =>
      timeUntil(recoveredAfter, endedAt - outage.outageTo),
  },
];

/** The table with both sides. */
export function renderTable(results: OrderDrillResults): string {
  return sideBySide(
    results.sides.map(({ title }) => title),
    rows.map(({ label, cell }) => [
      label,
      ...results.sides.map(({ figures }) => cell(figures, results)),
    ]),
  );
}

/** A summary of the table; empty if the drill was too short. */
export function verdict(results: OrderDrillResults): string[] {
  const [highway, plain] = results.sides.map(({ figures }) => figures);
  if (results.interrupted || highway === undefined || plain === undefined) return [];
  return [
    isRight(highway, results.orders)
      ? "According to the services' ledgers, every order was completed or compensated exactly once."
      : 'Not every order ended correctly: the table counts them, the JSON file lists them.',
    `During the outage: ${count(highway.bankCallsInOutage)} payment calls, with plain retries ${count(plain.bankCallsInOutage)}.`,
    `After the recovery the last order took ${time(highway.recoveredAfter ?? undefined)}, with plain retries ${time(plain.recoveredAfter ?? undefined)}; both include the worker's restart.`,
  ];
}

function lengthOf({ outageFrom, outageTo }: Outage): string {
  const ms = outageTo - outageFrom;
  return time(Number.isFinite(ms) ? ms : undefined);
}

/** Whether all orders of a side came to the end that they should. */
export function isRight({ done, compensated }: SideFigures, orders: number): boolean {
  return done + compensated === orders;
}
