// How long the embedded default takes on an empty folder, until a first run is done.
import { Highway } from '@highway/workflow';
import { sendResult } from '../run-program.ts';

const [dataDir = ''] = process.argv.slice(2);
const began = performance.now();
const highway = new Highway({ name: 'bench', dataDir });
const greet = highway.workflow('greet', (_: string, ctx) => ctx.step('say', () => 'hello'));
await highway.start();
const startedMs = performance.now() - began;
await (await greet.start('you')).result();
const doneMs = performance.now() - began;
await highway.stop();
sendResult({ startedMs, doneMs });
