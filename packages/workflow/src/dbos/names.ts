import { createHash } from 'node:crypto';
import type { Definition } from '../definition.ts';

/**
 * The version of the journal's format: that of 0.1 was 1. DBOS recovers the runs of one version only;
 * which code a run needs, its queue says.
 */
export function engineVersionOf(app: string): string {
  return `highway-2:${app}`;
}

/** The queue of a workflow in a version: who serves it has the code for its runs. */
export function queueName(workflow: string, version: string): string {
  return `highway/${workflow}@${version}`;
}

/** The version in the name of a queue. */
export function versionOfQueue(queue: string | undefined): string {
  return queue?.slice(queue.lastIndexOf('@') + 1) ?? '';
}

/** Which code a workflow is: what it was told, or a hash of its function's source. */
export function versionOf(definition: Definition, version: string | undefined): string {
  const told = definition.version ?? version;
  if (told !== undefined) return told;
  return createHash('sha256').update(definition.fn.toString()).digest('hex').slice(0, 12);
}
