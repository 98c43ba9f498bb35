import { fork } from 'node:child_process';
import { time } from './rounds.ts';
import type { Answer, Count, Measurement, Question } from './subject.ts';

/** Answers a question in this process. */
export async function answer(question: Question, rounds: number): Promise<Answer> {
  if ('subjects' in question) return time(question, rounds);
  const { name, asks } = question;
  const measurements = compare(await question.count());
  return { name, asks, timed: false, peer: 'cockatiel', measurements };
}

/** Answers it in a process of its own, so that what others made the engine believe doesn't count. */
export function answerApart(entryPoint: string, name: string, rounds: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const args = ['--answer', name, '--rounds', String(rounds)];
    // The young generation is large from the start: it must hold what is allocated between two
    // collections while bytes are counted.
    const execArgv = ['--expose-gc', '--min-semi-space-size=16', '--max-semi-space-size=16'];
    const child = fork(entryPoint, args, { execArgv, serialization: 'advanced' });
    child.once('message', (message) => {
      resolve(message as Answer);
      child.kill();
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code !== null) reject(new Error(`${name}: ended with exit code ${String(code)}`));
    });
  });
}

/** Counts as measurements: with their ratios to cockatiel's counts, if there are any. */
function compare(counts: readonly Count[]): Measurement[] {
  const peer = counts.find(({ library }) => library === 'cockatiel');
  return counts.map(({ name, library, figures, targets = [] }) => {
    if (peer === undefined) return { name, library, figures, targets };
    const ratios = Object.entries(figures).map(([figure, value]) => {
      const base = peer.figures[figure];
      return [`${figure} × cockatiel`, base === undefined ? Number.NaN : value / base] as const;
    });
    return { name, library, figures: { ...figures, ...Object.fromEntries(ratios) }, targets };
  });
}
