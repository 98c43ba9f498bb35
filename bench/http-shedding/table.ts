import type { RequestPriority, Sent } from './load.ts';

/** An answer is good if it comes within this time, in ms. */
const goodMs = 500;

export interface Row {
  readonly handler: string;
  readonly framework: string;
  readonly connections: string;
  readonly shedding: boolean;
  readonly capacity: number;
  readonly seconds: number;
  /** Those after the start, when the server has got used to its load. */
  readonly sent: readonly Sent[];
}

const header = [
  '| Handler | Framework | Connections | Shedding | Capacity | Good | p50 | p99 | Shed | No answer | Good of high | Good of low |',
  '| --- | --- | --- | --- | --: | --: | --: | --: | --: | --: | --: | --: |',
];

/** The table as Markdown, without its rows. */
export const tableHeader: string = header.join('\n');

const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(0)} %`;

function quantile(values: readonly number[], share: number): string {
  const value = values[Math.min(values.length - 1, Math.floor(values.length * share))];
  return value === undefined ? '–' : `${value.toFixed(0)} ms`;
}

/** One row as Markdown. */
export function tableRow(row: Row): string {
  const { sent, capacity } = row;
  const accepted = sent.filter(({ status }) => status === 200);
  const isGood = ({ status, ms }: Sent): boolean => status === 200 && ms < goodMs;
  const times = accepted.map(({ ms }) => ms).sort((a, b) => a - b);
  const goodOf = (priority: RequestPriority): string => {
    const all = sent.filter((each) => each.priority === priority);
    return percent(all.filter(isGood).length, all.length);
  };
  const cells = [
    row.handler,
    row.framework,
    row.connections,
    row.shedding ? 'yes' : 'no',
    `${capacity.toFixed(0)}/s`,
    percent(sent.filter(isGood).length / row.seconds, capacity),
    quantile(times, 0.5),
    quantile(times, 0.99),
    percent(sent.filter(({ status }) => status === 503).length, sent.length),
    percent(sent.filter(({ status }) => status === 0).length, sent.length),
    goodOf('high'),
    goodOf('low'),
  ];
  return `| ${cells.join(' | ')} |`;
}
