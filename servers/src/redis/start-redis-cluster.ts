import { startServer } from '../local-server.ts';
import { pollUntil } from '../machine/poll.ts';
import { freePort } from '../machine/ports.ts';
import type { RunningServer } from '../running-server.ts';
import { redisProgram } from './ensure-redis.ts';
import { redisCommand } from './resp.ts';
import { redisRecipe } from './start-redis.ts';

/** Masters without replicas: nobody serves the slots of one that is down. */
export interface RunningCluster extends AsyncDisposable {
  /** In the order of their slots. A restarted node rejoins, unless it restarts empty. */
  readonly nodes: readonly RunningServer[];
  stop(): Promise<void>;
}

const slots = 16_384;
const okWithinMs = 30_000;

/** Starts a Redis Cluster; resolves when every node reports that all slots are served. */
export async function startRedisCluster(masters = 3): Promise<RunningCluster> {
  if (!Number.isInteger(masters) || masters < 1 || masters > 16) {
    throw new RangeError(`masters must be an integer from 1 to 16, but is ${String(masters)}`);
  }
  const program = await redisProgram('redis');
  const starts = await Promise.allSettled(
    Array.from({ length: masters }, () => startNode(program)),
  );
  const nodes = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    const failed = starts.find((start) => start.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    await join(nodes);
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, stop, [Symbol.asyncDispose]: stop };
}

function startNode(program: string): Promise<RunningServer> {
  return startServer(undefined, async (port) =>
    redisRecipe(program, port, {
      'cluster-enabled': 'yes',
      'cluster-port': String(await freePort()),
      // Short enough for tests, and long enough for a busy machine.
      'cluster-node-timeout': '2000',
    }),
  );
}

async function join(nodes: readonly RunningServer[]): Promise<void> {
  for (const [index, node] of nodes.entries()) {
    const first = Math.floor((index * slots) / nodes.length);
    const last = Math.floor(((index + 1) * slots) / nodes.length) - 1;
    await redisCommand(node, 'CLUSTER', 'ADDSLOTSRANGE', String(first), String(last));
    await redisCommand(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
  }
  const [first, ...others] = nodes;
  for (const other of others) await meet(first!, other);
  await pollUntil('the cluster to serve all slots', okWithinMs, async () => {
    const infos = await Promise.all(nodes.map((node) => redisCommand(node, 'CLUSTER', 'INFO')));
    return infos.every(
      (info) =>
        info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}\r`),
    );
  });
}

async function meet(node: RunningServer, other: RunningServer): Promise<void> {
  // Each node reports its port for the cluster bus: `id host:port@bus …`.
  const self = await redisCommand(other, 'CLUSTER', 'MYID');
  const all = await redisCommand(other, 'CLUSTER', 'NODES');
  const busPort = new RegExp(`^${self} \\S*?@(\\d+)`, 'm').exec(all)?.[1];
  if (busPort === undefined) throw new Error(`node ${self} has no port for the cluster:\n${all}`);
  await redisCommand(node, 'CLUSTER', 'MEET', other.host, String(other.port), busPort);
}
