import type { HighwayClient } from '../highway-client.ts';
import type { Output } from './output.ts';

/** Does the work of a command, with the database open. */
export type Work = (
  work: (client: HighwayClient, output: Output) => Promise<void>,
) => Promise<void>;
