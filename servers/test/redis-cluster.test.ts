import { describe, expect, it } from 'vitest';
import { startRedisCluster } from '../src/index.ts';
import type { RunningServer } from '../src/index.ts';
import { pollUntil } from '../src/machine/poll.ts';
import { redisCommand } from '../src/redis/resp.ts';

function untilState(node: RunningServer, state: 'ok' | 'fail'): Promise<void> {
  return pollUntil(`cluster_state:${state}`, 30_000, async () =>
    (await redisCommand(node, 'CLUSTER', 'INFO')).includes(`cluster_state:${state}`),
  );
}

describe('startRedisCluster', { timeout: 90_000 }, () => {
  it('spreads the slots over its masters, and survives the loss of one', async () => {
    await using cluster = await startRedisCluster();
    expect(cluster.nodes).toHaveLength(3);
    const [first, second, third] = cluster.nodes as [RunningServer, RunningServer, RunningServer];

    // The slot of `foo` is 12182, which the last third has.
    expect(await redisCommand(third, 'SET', 'foo', 'bar')).toBe('OK');
    await expect(redisCommand(first, 'GET', 'foo')).rejects.toThrow(
      `MOVED 12182 127.0.0.1:${third.port}`,
    );

    await second.kill();
    await untilState(first, 'fail');
    await second.restart();
    await untilState(first, 'ok');

    await cluster.stop();
    await expect(redisCommand(first, 'PING')).rejects.toThrow('ECONNREFUSED');
  });

  it('rejects an invalid number of masters', async () => {
    await expect(startRedisCluster(0)).rejects.toThrow('masters must be an integer from 1 to 16');
  });
});
