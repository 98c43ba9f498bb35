import type { HighwayClient } from '../client/highway-client.ts';
import type { Output } from './output.ts';

/** Runs the action of a command with an open client. */
export type WithClient = (
  action: (client: HighwayClient, output: Output) => Promise<void>,
) => Promise<void>;
