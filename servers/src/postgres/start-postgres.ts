import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer } from '../local-server.ts';
import type { ServerRecipe } from '../local-server.ts';
import { checkConfig } from '../machine/config.ts';
import { checkPort, localHost } from '../machine/ports.ts';
import type { Account } from '../process/server-process.ts';
import type { RunningServer } from '../running-server.ts';
import { postgresAccount } from './account.ts';
import { createDatabase } from './database-template.ts';
import { postgresPrograms } from './postgres-programs.ts';

export interface PostgresOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Settings for `postgresql.conf`. */
  readonly config?: Readonly<Record<string, string>>;
}

// Without `fsync`, data survives a killed server, but not a crash of the machine.
const defaults: Readonly<Record<string, string>> = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  listen_addresses: localHost,
  unix_socket_directories: '',
};

/** Starts Postgres on the loopback interface, with a database and a superuser named `postgres`. */
export async function startPostgres(options: PostgresOptions = {}): Promise<RunningServer> {
  const { port, config = {} } = options;
  if (port !== undefined) checkPort(port);
  checkConfig(config);
  return startPostgresFrom(await postgresPrograms(), options);
}

/** @param programs the folder with `initdb` and `postgres` */
export async function startPostgresFrom(
  programs: string,
  { port, config = {} }: PostgresOptions,
): Promise<RunningServer> {
  const account = postgresAccount();
  return startServer(port, (chosen) => ({
    ...postgresRecipe(programs, chosen, account),
    command: (data) => ({
      file: join(programs, 'postgres'),
      args: ['-D', data, ...settings({ ...defaults, ...config, port: String(chosen) })],
      account,
    }),
  }));
}

function postgresRecipe(
  programs: string,
  port: number,
  account: Account | undefined,
): Omit<ServerRecipe, 'command'> {
  return {
    name: 'postgres',
    url: `postgres://postgres@${localHost}:${port}/postgres`,
    port,
    account,
    // Fast shutdown: closes connections and keeps committed data.
    endSignal: 'SIGINT',
    prepare: (data) => createDatabase(programs, data, account),
    isReady: (data, pid) => Promise.resolve(isReady(data, pid)),
    cleanUp: freeSharedMemory,
  };
}

function settings(config: Readonly<Record<string, string>>): string[] {
  return Object.entries(config).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Reads the state from the server's file, whose first line is the process id. */
function isReady(data: string, pid: number): boolean {
  const lines = stateOf(data);
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

/** Removes the shared memory of a killed server, which would stay until the machine restarts. */
function freeSharedMemory(data: string): void {
  const id = stateOf(data)[6]?.trim().split(/\s+/)[1];
  if (id === undefined) return;
  try {
    execFileSync('ipcrm', ['-m', id], { stdio: 'ignore' });
  } catch {
    // It is gone already, or this system has none.
  }
}

function stateOf(data: string): string[] {
  try {
    return readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}
