import { createHash } from 'node:crypto';
import type { Definition } from '../definition.ts';

/**
 * The application version that DBOS sees. It changes only with the format of the journal, which was 1
 * in version 0.1 of this package: DBOS recovers runs of one version only. The version of a run's code
 * is in the name of its queue.
 */
export function engineVersionOf(app: string): string {
  return `highway-2:${app}`;
}

/** The queue of a workflow in a version. The workers that serve it have the code for its runs. */
export function queueName(workflow: string, version: string): string {
  return `highway/${workflow}@${version}`;
}

/** The version in the name of a queue. */
export function versionOfQueue(queue: string | undefined): string {
  return queue?.slice(queue.lastIndexOf('@') + 1) ?? '';
}

/** The version of a workflow: its own, or else the `Highway`'s, or else a hash of its source. */
export function versionOf(definition: Definition, highwayVersion: string | undefined): string {
  const version = definition.version ?? highwayVersion;
  if (version !== undefined) return version;
  return createHash('sha256').update(definition.fn.toString()).digest('hex').slice(0, 12);
}
