// A worker on an embedded database that executes commands and prints the results: one line for each line.
import process from 'node:process';
import { createInterface } from 'node:readline';
import { Highway } from '@highway/workflow';

const [dataDir = ''] = process.argv.slice(2);
const logged: string[] = [];
const logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message: string) => void logged.push(message),
};
const highway = new Highway({ name: 'shop', dataDir, logger });
const buy = highway.workflow('buy', (item: string, ctx) => ctx.step('pay', () => item));
const wait = highway.workflow('wait', (_: string, ctx) => ctx.waitFor('never'));
let waiting: Promise<string> | undefined;

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}

const commands: Record<string, (argument: string) => unknown> = {
  start: async () => {
    await highway.start();
    return 'started';
  },
  buy: async (id) => (await buy.start(id, { id })).result(),
  wait: async (id) => {
    const run = await wait.start(id, { id });
    waiting = run.result().then(() => 'done', codeOf);
    return run.status();
  },
  waited: () => waiting,
  list: async () => (await highway.runs.list()).map(({ id }) => id).sort(),
  logged: () => logged.filter((message) => message.includes('dataDir')),
  stop: async () => {
    await highway.stop({ drain: 0 });
    return 'stopped';
  },
};

for await (const line of createInterface(process.stdin)) {
  const [command = '', argument = ''] = line.split(' ');
  const said = (async (): Promise<unknown> => commands[command]!(argument))();
  console.log(JSON.stringify(await said.catch(codeOf)));
}
process.exit();
