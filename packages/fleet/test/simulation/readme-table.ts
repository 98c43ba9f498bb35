import type { Figures } from './outage-figures.ts';

const heads = [
  'Nodes',
  'Merged messages per node per second, calm / busiest',
  'kB per node per second, calm / busiest',
  'Quorum to last node',
  'The same, if all notices are lost',
  'Trial calls',
];

/** The figures as the package's README shows them. */
export function readmeTable(all: readonly Figures[]): string {
  const rows = all.map((each) => [
    each.nodes.toLocaleString('en'),
    `${per(each.calmMerges, each)} / ${per(each.busyMerges, each)}`,
    `${per(each.calmBytes / 1000, each)} / ${per(each.busyBytes / 1000, each)}`,
    `${each.noticedMs.toFixed(0)} ms`,
    `${each.unnoticedMs.toFixed(0)} ms`,
    `${String(each.trialCalls)} in ${String(each.periods)}`,
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '--:')), ...rows.map(line)].join('\n');
}

function per(amount: number, { nodes }: Figures): string {
  return (amount / nodes).toFixed(1);
}
