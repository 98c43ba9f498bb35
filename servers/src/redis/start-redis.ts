import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer } from '../local-server.ts';
import type { ServerRecipe } from '../local-server.ts';
import { checkConfig } from '../machine/config.ts';
import { checkPort, localHost } from '../machine/ports.ts';
import type { RunningServer } from '../running-server.ts';
import { redisProgram } from './ensure-redis.ts';
import type { Flavour } from './ensure-redis.ts';
import { redisCommand } from './resp.ts';
import type { RedisAddress } from './resp.ts';

export interface RedisOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Default: `redis`. */
  readonly flavour?: Flavour;
  /** Settings for `redis.conf`. Default: nothing is written to disk. */
  readonly config?: Readonly<Record<string, string>>;
}

const configFile = 'redis.conf';

/**
 * Starts Redis or Valkey on the loopback interface.
 *
 * `restart()` keeps the data of a running server. After `kill()`, only the data that the `config` made the
 * server write is left, which is nothing by default.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RunningServer> {
  const { port, flavour = 'redis', config = {} } = options;
  if (port !== undefined) checkPort(port);
  checkFlavour(flavour);
  checkConfig(config);
  const program = await redisProgram(flavour);
  return startServer(port, (chosen) => redisRecipe(program, chosen, config));
}

export function redisRecipe(
  program: string,
  port: number,
  config: Readonly<Record<string, string>>,
): ServerRecipe {
  const password = config['requirepass'];
  const address: RedisAddress = { host: localHost, port, password };
  const settings = { bind: localHost, save: '', ...config, port: String(port) };
  return {
    name: /[^/]*$/.exec(program)?.[0] ?? program,
    url: `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}${localHost}:${port}`,
    port,
    endSignal: 'SIGTERM',
    prepare: (data) => writeFile(join(data, configFile), lines(settings)),
    command: () => ({ file: program, args: [configFile] }),
    isReady: (_data, pid) => isReady(address, pid),
    endKeepingData: () => endKeepingData(address),
  };
}

function lines(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value === '' ? '""' : value}\n`)
    .join('');
}

/** Also checks the process id: another server could have had the port before. */
async function isReady(address: RedisAddress, pid: number): Promise<boolean> {
  try {
    const info = await redisCommand(address, 'INFO');
    return info.includes(`process_id:${pid}\r`) && info.includes('loading:0\r');
  } catch {
    // It is not listening yet.
    return false;
  }
}

async function endKeepingData(address: RedisAddress): Promise<boolean> {
  try {
    await redisCommand(address, 'SHUTDOWN', 'SAVE');
  } catch (error) {
    // On success, the connection closes; only a server that keeps running answers.
    return error instanceof Error && !/^[A-Z]+ |^no reply/.test(error.message);
  }
  return false;
}

function checkFlavour(flavour: string): void {
  if (flavour === 'redis' || flavour === 'valkey') return;
  throw new TypeError(`flavour must be 'redis' or 'valkey', but is ${JSON.stringify(flavour)}`);
}
