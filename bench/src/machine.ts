import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, loadavg, platform } from 'node:os';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** Where and with what the figures were taken: they mean nothing without it. */
export interface Machine {
  readonly processor: string;
  readonly platform: string;
  readonly node: string;
  readonly libraries: Readonly<Record<string, string>>;
  /** How many processes wanted a processor in the minute before. */
  readonly load: number;
}

export function describeMachine(): Machine {
  const found = cpus();
  const libraries: Record<string, string> = {};
  for (const name of ['@highway/resilience', 'cockatiel', 'opossum', 'ioredis']) {
    libraries[name] = versionOf(name);
  }
  return {
    processor: `${String(found.length)} × ${found[0]?.model.trim() ?? 'unknown'}`,
    platform: `${platform()} ${arch()}`,
    node: `${process.version} (V8 ${process.versions.v8})`,
    libraries,
    load: loadavg()[0]!,
  };
}

// Packages need not export their manifests, so it is searched upwards from the entry point.
function versionOf(name: string): string {
  let folder = dirname(require.resolve(name));
  for (;;) {
    const manifest = read(join(folder, 'package.json'));
    if (manifest?.name === name) return manifest.version ?? 'unknown';
    const parent = dirname(folder);
    if (parent === folder) return 'unknown';
    folder = parent;
  }
}

function read(file: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
  } catch {
    return undefined;
  }
}

/** The machine in one line. */
export function formatMachine({ processor, platform, node, libraries, load }: Machine): string {
  const versions = Object.entries(libraries).map(([name, version]) => `${name} ${version}`);
  const busy = `load average ${load.toFixed(1)} before`;
  return `${processor}, ${platform}, Node ${node}; ${busy}; ${versions.join(', ')}`;
}
