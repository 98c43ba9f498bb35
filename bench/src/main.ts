// `npm run bench`: asks every question of questions/, and prints the answers.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readArguments } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { answer, answerApart } from './ask.ts';
import { describeMachine, formatMachine } from './machine.ts';
import { questions } from './questions/index.ts';
import { putIntoMarkdown } from './report/markdown.ts';
import { formatTable } from './report/text.ts';
import type { Answer } from './subject.ts';

const entryPoint = fileURLToPath(import.meta.url);

async function answerForParent(name: string, rounds: number): Promise<void> {
  const question = questions.find((each) => each.name === name);
  if (question === undefined) throw new Error(`There is no question "${name}"`);
  process.send?.(await answer(question, rounds));
}

async function report({ filter, rounds, json, markdown, together }: Arguments): Promise<void> {
  const asked = questions.filter(({ name }) => name.includes(filter));
  if (asked.length === 0) {
    const names = questions.map(({ name }) => name).join(', ');
    throw new RangeError(`--filter: no question has ${filter} in its name; there are ${names}`);
  }
  const machine = describeMachine();
  console.log(formatMachine(machine));
  const answers: Answer[] = [];
  for (const question of asked) {
    const found = together
      ? await answer(question, rounds)
      : await answerApart(entryPoint, question.name, rounds);
    console.log(formatTable(found));
    answers.push(found);
  }
  if (json !== undefined) {
    writeFileSync(json, `${JSON.stringify({ machine, rounds, answers }, undefined, 2)}\n`);
  }
  if (markdown !== undefined) {
    const whole = asked.length === questions.length;
    putIntoMarkdown(markdown, { machine, answers, whole });
  }
}

const args = readArguments(process.argv.slice(2));
if (args.answer === undefined) {
  await report(args);
  // Peers hold timers while they are idle, which would keep the process.
  process.exit();
} else {
  await answerForParent(args.answer, args.rounds);
}
