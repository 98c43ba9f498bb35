import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { startRedis, valkeyAvailable } from '../src/index.ts';
import { freePort } from '../src/machine/ports.ts';
import { redisCommand } from '../src/redis/resp.ts';

const flavours = (await valkeyAvailable()) ? (['redis', 'valkey'] as const) : (['redis'] as const);

describe.each(flavours)('startRedis with %s', { timeout: 60_000 }, (flavour) => {
  it('starts a separate server that ends when it is stopped', async () => {
    await using one = await startRedis({ flavour });
    await using other = await startRedis({ flavour });
    expect(one.url).toBe(`redis://127.0.0.1:${one.port}`);
    await redisCommand(one, 'SET', 'name', 'one');
    expect(await redisCommand(other, 'EXISTS', 'name')).toBe('0');
    await one.stop();
    await one.stop();
    await expect(redisCommand(one, 'PING')).rejects.toThrow('ECONNREFUSED');
    expect(await redisCommand(other, 'PING')).toBe('PONG');
    expect(await redisCommand(other, 'INFO', 'server')).toContain(`${flavour}_version:`);
  });

  it('keeps its data after a restart, unless it restarts empty', async () => {
    await using server = await startRedis({ flavour });
    const { pid, port } = server;
    await redisCommand(server, 'SET', 'name', 'value');
    await server.restart();
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
    expect(await redisCommand(server, 'GET', 'name')).toBe('value');
    await server.restart({ empty: true });
    expect(await redisCommand(server, 'EXISTS', 'name')).toBe('0');
  });

  it('can be killed and restarted with the data that its settings made it write', async () => {
    const config = { appendonly: 'yes', appendfsync: 'always' };
    await using lasting = await startRedis({ flavour, config });
    await using forgetful = await startRedis({ flavour });
    for (const server of [lasting, forgetful]) {
      await redisCommand(server, 'SET', 'name', 'value');
      await server.kill();
      await expect(redisCommand(server, 'PING')).rejects.toThrow('ECONNREFUSED');
      await server.restart();
    }
    expect(await redisCommand(lasting, 'EXISTS', 'name')).toBe('1');
    expect(await redisCommand(forgetful, 'EXISTS', 'name')).toBe('0');
  });
});

describe('startRedis', { timeout: 60_000 }, () => {
  it('answers only after `resume` when it was paused', async () => {
    await using server = await startRedis();
    server.pause();
    let answered = false;
    const answer = redisCommand(server, 'PING').finally(() => (answered = true));
    // A stopped process shows as such; an answer would have come long before.
    await using other = await startRedis();
    expect(await redisCommand(other, 'PING')).toBe('PONG');
    expect(answered).toBe(false);
    server.resume();
    expect(await answer).toBe('PONG');
  });

  it('stops a server that is paused', async () => {
    const server = await startRedis();
    server.pause();
    await server.stop();
    await expect(redisCommand(server, 'PING')).rejects.toThrow('ECONNREFUSED');
  });

  it('passes settings of several words, and puts a password into its URL', async () => {
    await using server = await startRedis({
      config: { requirepass: 'open:sesame', 'rename-command': 'PING GREET' },
    });
    expect(server.url).toBe(`redis://:open%3Asesame@127.0.0.1:${server.port}`);
    await expect(redisCommand(server, 'INFO')).rejects.toThrow('NOAUTH');
    const { host, port } = server;
    const address = { host, port, password: 'open:sesame' };
    expect(await redisCommand(address, 'GREET')).toBe('PONG');
    await redisCommand(address, 'SET', 'name', 'value');
    await server.restart();
    expect(await redisCommand(address, 'GET', 'name')).toBe('value');
  });

  it('uses the given port, and reports if it is taken', async () => {
    const port = await freePort();
    await using server = await startRedis({ port });
    expect(server.port).toBe(port);
    await expect(startRedis({ port })).rejects.toThrow(/address already in use/i);
  });

  it('shows the log of a server that does not start', async () => {
    await expect(startRedis({ config: { maxmemory: 'much' } })).rejects.toThrow(
      /redis-server ended before it was ready[^]*maxmemory/,
    );
  });

  it('rejects invalid options by name', async () => {
    await expect(startRedis({ port: 0 })).rejects.toThrow('port must be an integer from 1');
    await expect(startRedis({ config: { port: '1' } })).rejects.toThrow('config.port');
    const wrong = { flavour: 'memcached' as 'redis' };
    await expect(startRedis(wrong)).rejects.toThrow(`flavour must be 'redis' or 'valkey'`);
  });

  it('leaves no folder behind, and cannot be paused while it is down', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'highway-test-'));
    vi.stubEnv('TMPDIR', folder);
    try {
      const server = await startRedis();
      expect(readdirSync(folder)).toHaveLength(1);
      await server.stop();
      expect(readdirSync(folder)).toEqual([]);
      expect(() => server.pause()).toThrow(`redis-server on port ${server.port} isn't running`);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    }
  });
});
