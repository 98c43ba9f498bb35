import type { Measurement, Target } from '../subject.ts';

/** Says whether the targets of a subject are met, or by how much they are missed. */
export function judge({ figures, targets }: Measurement, peer: string): string {
  return targets
    .map((target) => judgeOne(figures[target.figure] ?? Number.NaN, target, peer))
    .join('; ');
}

function judgeOne(value: number, target: Target, peer: string): string {
  const { atMost, figure, timesFaster = false } = target;
  if (value <= atMost) return `${wanted(target, peer)}: met`;
  const gap = timesFaster
    ? `it is ${(1 / value).toFixed(1)}`
    : `by ${figure.startsWith('to') ? (value - atMost).toFixed(2) : Math.ceil(value - atMost).toString()}`;
  return `${wanted(target, peer)}: missed, ${gap}`;
}

function wanted({ figure, atMost, timesFaster = false }: Target, peer: string): string {
  if (figure === 'toBare') return `≤ ${String(atMost)} × bare`;
  if (figure !== 'toPeer') return `≤ ${String(atMost)} ${figure}`;
  if (timesFaster) return `≥ ${String(Math.round(1 / atMost))} times faster than ${peer}`;
  return atMost === 1 ? `≤ ${peer}` : `≤ ${atMost.toFixed(2)} × ${peer}`;
}
