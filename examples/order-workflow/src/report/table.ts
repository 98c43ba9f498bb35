import { count, sideBySide, time, timeUntil } from '@highway-examples/drill-kit';
import type { Outage } from '../course.ts';
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
    label: 'Refused by shipping, and undone once',
    cell: ({ compensated }) => count(compensated),
  },
  { label: 'Still open', cell: ({ unfinished }) => count(unfinished) },
  { label: 'Anything done twice or left undone', cell: ({ wrong }) => count(wrong.length) },
  { label: 'The outage took', cell: (_, { outage }) => lengthOf(outage) },
  { label: 'Worker killed', cell: ({ kills }) => `${count(kills)} ×` },
  {
    label: 'Calls repeated after a crash, by their key',
    cell: ({ repeated }) => count(repeated),
  },
  { label: 'Payment calls', cell: ({ bankCalls }) => count(bankCalls) },
  { label: '  of these in the outage', cell: ({ bankCallsInOutage }) => count(bankCallsInOutage) },
  {
    label: '  of these refused for overload',
    cell: ({ refusedForOverload }) => count(refusedForOverload),
  },
  {
    label: 'Last order done, after the recovery',
    cell: ({ recoveredAfter }, { endedAt, outage }) =>
      timeUntil(recoveredAfter, endedAt - outage.outageTo),
  },
];

/** The table of both sides. */
export function renderTable(results: OrderDrillResults): string {
  return sideBySide(
    results.sides.map(({ title }) => title),
    rows.map(({ label, cell }) => [
      label,
      ...results.sides.map(({ figures }) => cell(figures, results)),
    ]),
  );
}

/** What the table says; nothing where the drill was too short to tell. */
export function verdict(results: OrderDrillResults): string[] {
  const [highway, plain] = results.sides.map(({ figures }) => figures);
  if (results.interrupted || highway === undefined || plain === undefined) return [];
  return [
    isRight(highway, results.orders)
      ? 'By the ledgers of the services, every order was done exactly once, or undone.'
      : 'Not every order came out right: the table counts them, the JSON file names them.',
    `Into the outage went ${count(highway.bankCallsInOutage)} payment calls, with plain retries ${count(plain.bankCallsInOutage)}.`,
    `After the recovery the last order took ${time(highway.recoveredAfter ?? undefined)}, with plain retries ${time(plain.recoveredAfter ?? undefined)}; the worker's restart is part of both.`,
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
