import type { RunDescription } from '../../client/run-types.ts';
import { duration, moment } from './durations.ts';
import type { Paint } from './paint.ts';
import { runTable, shadeOf, statusLine } from './run-list.ts';
import { stepTable } from './step-table.ts';
import { table } from './table.ts';
import { errorLine, oneLine, preview } from './format.ts';

/** Everything about a run, as text. */
export function runPage(run: RunDescription, now: number, paint: Paint): string {
  const parts = [facts(run, now, paint)];
  if (run.steps.length > 0) parts.push(stepTable(run, now, paint));
  const published = Object.entries(run.published);
  if (published.length > 0) {
    const rows = published.map(([key, value]) => [oneLine(key), preview(value)]);
    parts.push(table(['PUBLISHED', 'VALUE'], rows, paint));
  }
  if (run.children.length > 0) parts.push(runTable(run.children, now, paint));
  return parts.join('\n\n');
}

function facts(run: RunDescription, now: number, paint: Paint): string {
  const started = run.createdAt.getTime();
  const lines: (readonly [string, string | undefined])[] = [
    ['Run', oneLine(run.id)],
    ['Workflow', `${oneLine(run.workflow)}, version ${oneLine(run.version)}`],
    ['Child of', run.parent],
    ['Status', paint(shadeOf(run.status), statusLine(run, now))],
    ['Started', `${moment(run.createdAt)}, ${duration(now - started)} ago`],
    ['Ended', run.endedAt && `${moment(run.endedAt)}, after ${duration(+run.endedAt - started)}`],
    ['Executor', run.executor],
    ['Input', preview(run.input)],
    ['Output', preview(run.output)],
    ['Error', run.error === undefined ? undefined : paint('bad', errorLine(run.error))],
    ['Caused by', causeOf(run.error)],
    ['Compensated', run.compensated.map(oneLine).join(', ')],
  ];
  return lines
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([title, value]) => `${title.padEnd(13)}${value}`)
    .join('\n');
}

function causeOf(error: unknown): string | undefined {
  const { cause } = Object(error) as { cause?: unknown };
  return cause === undefined ? undefined : errorLine(cause);
}
