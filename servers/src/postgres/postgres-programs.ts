import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installMissing } from '../machine/apt.ts';
import { findProgram, isExecutable } from '../machine/programs.ts';
import { embeddedPostgres } from './embedded-postgres.ts';

// Debian keeps the server's programs here, off the PATH.
const debian = '/usr/lib/postgresql';
const advice =
  "Postgres is missing: install Debian's package postgresql, or put initdb on the PATH";

let installing: Promise<string> | undefined;

/** The folder with `initdb` and `postgres`: from the system, from npm, or from apt, in this order. */
export async function postgresPrograms(): Promise<string> {
  return systemPostgres() ?? (await embeddedPostgres()) ?? (installing ??= installPostgres());
}

function systemPostgres(): string | undefined {
  const onPath = findProgram('initdb');
  const folders = onPath === undefined ? [] : [dirname(realpathSync(onPath))];
  if (existsSync(debian)) {
    const versions = readdirSync(debian).sort((one, other) => Number(other) - Number(one));
    folders.push(...versions.map((version) => join(debian, version, 'bin')));
  }
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((program) => isExecutable(join(folder, program))),
  );
}

function installPostgres(): Promise<string> {
  const wanted = { name: 'postgresql', check: `ls ${debian}/*/bin/postgres` };
  return installMissing(wanted, advice, systemPostgres);
}
