import { installMissing } from '../machine/apt.ts';
import { findProgram } from '../machine/programs.ts';

export type Flavour = 'redis' | 'valkey';

const installing = new Map<string, Promise<string>>();

/** Makes sure that `redis-server` is installed; installs it if this process has the permissions. */
export async function ensureRedis(): Promise<void> {
  await redisProgram('redis');
}

/** Whether `valkey-server` is installed; installs it if possible. */
export async function valkeyAvailable(): Promise<boolean> {
  return redisProgram('valkey').then(
    () => true,
    () => false,
  );
}

/** The path of the server's program. */
export async function redisProgram(flavour: Flavour): Promise<string> {
  const name = `${flavour}-server`;
  const found = findProgram(name);
  if (found !== undefined) return found;
  const install = installing.get(name) ?? installServer(flavour);
  installing.set(name, install);
  return install;
}

function installServer(flavour: Flavour): Promise<string> {
  const name = `${flavour}-server`;
  const advice = `${name} is missing: install Debian's package ${name}, or put the program on the PATH`;
  const wanted = { name, check: `command -v ${name}`, backported: flavour === 'valkey' };
  return installMissing(wanted, advice, () => findProgram(name));
}
