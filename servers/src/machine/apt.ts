// Installs servers with Debian's package manager, if this process has the permissions.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './programs.ts';

const run = promisify(execFile);
const lock = join(tmpdir(), 'highway-servers-install.lock');
const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
const timeoutMs = 180_000;
const notAgainForMs = 600_000;

// `flock` holds the lock as long as the shell runs, however it ends. A process that waited for it may
// find that the package is installed.
const script = `
  sh -c "$1" >/dev/null 2>&1 && exit
  shift
  apt-get "$@" update -q && apt-get "$@" install -q -y --no-install-recommends "$HIGHWAY_PACKAGE"
`;

export interface AptPackage {
  readonly name: string;
  /** A shell command that succeeds if the package is installed. */
  readonly check: string;
  /** Whether to look in Debian's backports if the release does not have it. */
  readonly backported?: boolean;
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && ['apt-get', 'flock'].every((name) => findProgram(name));
}

/**
 * Installs a missing program, and returns its path. If that fails, rejects with the advice, which says
 * what a person can do.
 */
export async function installMissing(
  wanted: AptPackage,
  advice: string,
  find: () => string | undefined,
): Promise<string> {
  if (!canInstall()) throw new Error(advice);
  try {
    await installPackage(wanted);
  } catch (error) {
    throw new Error(`${advice} (apt-get could not)`, { cause: error });
  }
  const found = find();
  if (found === undefined) throw new Error(advice);
  return found;
}

/**
 * Installs a package. After a failure, no process on this machine tries again for ten minutes: without a
 * network, every test file would wait for it.
 */
async function installPackage(wanted: AptPackage): Promise<void> {
  const failure = join(tmpdir(), `highway-servers-without-${wanted.name}`);
  const failedAt = statSync(failure, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (Date.now() - failedAt < notAgainForMs) throw new Error('it failed some minutes ago');
  try {
    await install(wanted).catch((error: unknown) => {
      if (wanted.backported === true) return installBackport(wanted);
      throw error;
    });
  } catch (error) {
    writeFileSync(failure, '');
    throw error;
  }
  rmSync(failure, { force: true });
}

async function install({ name, check }: AptPackage, flags: readonly string[] = []): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', HIGHWAY_PACKAGE: name };
  await run('flock', [lock, 'sh', '-c', script, 'install', check, ...flags], {
    env,
    timeout: timeoutMs,
  });
}

/** Installs a package from Debian's backports, without adding them to the system's sources. */
async function installBackport(wanted: AptPackage): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'highway-apt-'));
  try {
    mkdirSync(join(folder, 'lists/partial'), { recursive: true });
    mkdirSync(join(folder, 'parts'));
    writeFileSync(join(folder, 'sources.list'), await backportSources());
    await install(wanted, [
      ...['-o', `Dir::Etc::SourceList=${folder}/sources.list`],
      ...['-o', `Dir::Etc::SourceParts=${folder}/parts`],
      ...['-o', `Dir::State::Lists=${folder}/lists`],
      ...['-o', 'Dir::Cache::pkgcache=', '-o', 'Dir::Cache::srcpkgcache='],
      // The user that apt downloads as must not need to read our folder.
      ...['-o', 'APT::Sandbox::User=root'],
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The machine's own mirror also has the backports: Debian keeps them next to the release. */
async function backportSources(): Promise<string> {
  const { stdout } = await run('apt-get', [
    'indextargets',
    '--format=$(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN)',
    'Created-By: Packages',
  ]);
  const releases = stdout.split('\n').map((line) => line.split(' '));
  const [mirror, codename] =
    releases.find(
      ([, codename, component, origin]) =>
        component === 'main' && origin === 'Debian' && !codename?.includes('-'),
    ) ?? [];
  if (mirror === undefined || codename === undefined) throw new Error('this is not a Debian');
  const signed = existsSync(keys) ? `[signed-by=${keys}] ` : '';
  return [codename, `${codename}-backports`]
    .map((suite) => `deb ${signed}${mirror} ${suite} main\n`)
    .join('');
}
