import { canInstall, installBackport, installPackage } from '../machine/apt.ts';
import type { AptPackage } from '../machine/apt.ts';
import { findProgram } from '../machine/programs.ts';

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
export async function redisProgram(flavour: 'redis' | 'valkey'): Promise<string> {
  const name = `${flavour}-server`;
  const found = findProgram(name);
  if (found !== undefined) return found;
  const install = installing.get(name) ?? installServer(name);
  installing.set(name, install);
  return install;
}

async function installServer(name: string): Promise<string> {
  const advice = `${name} is missing: install Debian's package ${name}, or put the program on the PATH`;
  if (!canInstall()) throw new Error(advice);
  const aptPackage: AptPackage = { name, check: `command -v ${name}` };
  try {
    await installPackage(aptPackage).catch(() => installBackport(aptPackage));
  } catch (error) {
    throw new Error(`${advice} (apt-get could not)`, { cause: error });
  }
  const found = findProgram(name);
  if (found === undefined) throw new Error(advice);
  return found;
}
