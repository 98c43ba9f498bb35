import { startRedis } from '@highway/servers';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { drain } from './queue-worker.ts';

it('finishes every job though the service fails at first', async () => {
  const server = await startRedis();
  const redis = new Redis(server.url);
  onTestFinished(async () => {
    redis.disconnect();
    await server.stop();
  });
  await redis.rpush('jobs', 'one', 'two', 'three');

  const sent: string[] = [];
  let calls = 0;
  await drain(redis, (job) => {
    calls += 1;
    if (calls <= 2) return Promise.reject(new Error('the mail server is down'));
    sent.push(job);
    return Promise.resolve();
  });

  expect(sent).toEqual(['one', 'two', 'three']);
  expect(await redis.exists('jobs', 'active', 'failed')).toBe(0);
});
