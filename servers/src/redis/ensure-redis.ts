import { canInstall, installPackage } from '../machine/apt.ts';
import { findProgram } from '../machine/programs.ts';

export type Flavour = 'redis' | 'valkey';

const installing = new Map<string, Promise<string>>();

/** Makes sure that `redis-server` is on this machine, and installs it where this process may. */
export async function ensureRedis(): Promise<void> {
  await redisProgram('redis');
}

/** Whether `valkey-server` is on this machine, or could be installed, which this does. */
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

async function installServer(flavour: Flavour): Promise<string> {
  const name = `${flavour}-server`;
  const advice = `${name} is missing: install Debian's package ${name}, or put the program on the PATH`;
  if (!canInstall()) throw new Error(advice);
  try {
    await installPackage({ name, check: `command -v ${name}`, backported: flavour === 'valkey' });
  } catch (error) {
    throw new Error(`${advice} (apt-get could not)`, { cause: error });
  }
  const found = findProgram(name);
  if (found === undefined) throw new Error(advice);
  return found;
}
