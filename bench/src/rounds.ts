import { bytesPerCall } from './allocation.ts';
import { makeLoop } from './loop.ts';
import type { Loop } from './loop.ts';
import { median, medianRatio, percentile } from './statistics.ts';
import type { Answer, Measurement, Subject, TimedQuestion } from './subject.ts';

/** How long a subject runs before the next has its turn. */
const sliceMs = 1;
const warmUpMs = 60;

interface Runner {
  readonly subject: Subject;
  readonly loop: Loop;
  /** The calls of one slice. */
  calls: number;
  bytes: number;
  /** The ns for one call in each round. */
  readonly rounds: number[];
}

/**
 * Times the subjects of a question against each other: many short rounds, in each of which every
 * subject has one turn, in an order that changes from round to round.
 */
export async function time(question: TimedQuestion, rounds: number): Promise<Answer> {
  const runners: Runner[] = [];
  for (const subject of question.subjects) {
    runners.push({ subject, loop: await makeLoop(subject), calls: 100, bytes: 0, rounds: [] });
  }
  for (const runner of runners) await warmUp(runner);
  for (const runner of runners) await calibrate(runner);
  for (const runner of runners) runner.bytes = await bytesPerCall(runner.loop);
  for (let round = 0; round < rounds; round++) await turn(runners, round);
  await question.end?.();
  const { name, asks, peer } = question;
  const bases = {
    bare: ofLibrary(runners, 'bare'),
    peer: peer === undefined ? ofLibrary(runners, 'cockatiel') : named(runners, peer),
  };
  const measurements = runners.map((each) => evaluate(each, bases));
  return { name, asks, timed: true, peer: peer ?? 'cockatiel', measurements };
}

async function warmUp({ loop }: Runner): Promise<void> {
  const end = performance.now() + warmUpMs;
  while (performance.now() < end) await loop(200);
}

async function calibrate(runner: Runner): Promise<void> {
  const tries: number[] = [];
  for (let i = 0; i < 9; i++) tries.push((await runner.loop(200)) / 200);
  runner.calls = Math.max(10, Math.round(sliceMs / median(tries)));
}

async function turn(runners: readonly Runner[], round: number): Promise<void> {
  const step = round % 2 === 0 ? 1 : -1;
  for (let i = 0; i < runners.length; i++) {
    const at = (round + step * i) % runners.length;
    const runner = runners.at(at)!;
    const ms = await runner.loop(runner.calls);
    runner.rounds.push((ms * 1e6) / runner.calls);
  }
}

/** What the others are compared with. */
interface Bases {
  readonly bare: Runner | undefined;
  readonly peer: Runner | undefined;
}

function evaluate(runner: Runner, { bare, peer }: Bases): Measurement {
  const { subject, rounds, bytes } = runner;
  const figures: Record<string, number> = {
    ns: median(rounds),
    p10: percentile(rounds, 0.1),
    p90: percentile(rounds, 0.9),
    min: Math.min(...rounds),
    bytes,
  };
  const compare = (to: string, base: Runner | undefined): void => {
    if (base === undefined) return;
    figures[`to${to}`] = medianRatio(rounds, base.rounds);
    figures[`minTo${to}`] = Math.min(...rounds) / Math.min(...base.rounds);
  };
  compare('Bare', bare);
  if (subject.library !== 'bare') compare('Peer', peer);
  return { name: subject.name, library: subject.library, figures, targets: subject.targets ?? [] };
}

function ofLibrary(all: readonly Runner[], library: string): Runner | undefined {
  return all.find(({ subject }) => subject.library === library);
}

function named(all: readonly Runner[], name: string): Runner {
  const found = all.find(({ subject }) => subject.name === name);
  if (found === undefined) throw new Error(`There is no subject "${name}" to compare with`);
  return found;
}
