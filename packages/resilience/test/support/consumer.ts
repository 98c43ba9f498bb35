import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageFolder = fileURLToPath(new URL('../../', import.meta.url));
const quiet = ['--loglevel=error', '--no-audit', '--no-fund'];

/** How a program of the consumer ended. */
export interface Ended {
  /** The exit code; `null` where it had to be stopped because it did not end by itself. */
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A folder of its own into which the packed package is installed, as a user would. */
export class Consumer {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'highway-consumer-'));
  /** Where the package is installed. */
  readonly installed: string = join(this.folder, 'node_modules/@highway/resilience');

  /** Installs the package, under its name and under every alias that is given. */
  constructor(...aliases: string[]) {
    execFileSync('npm', ['pack', ...quiet, `--pack-destination=${this.folder}`], {
      cwd: packageFolder,
    });
    const [tarball = ''] = readdirSync(this.folder).filter((name) => name.endsWith('.tgz'));
    this.write('package.json', '{ "private": true }');
    const path = join(this.folder, tarball);
    execFileSync('npm', ['install', ...quiet, path, ...aliases.map((name) => `${name}@${path}`)], {
      cwd: this.folder,
    });
  }

  /** Writes a file of the consumer. */
  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  /** Runs a program on Node until it ends. */
  run(file: string, code: string, ...flags: string[]): Ended {
    this.write(file, code);
    const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, file], {
      cwd: this.folder,
      encoding: 'utf8',
      timeout: 20_000,
    });
    return { code: status, output: stdout, errors: stderr };
  }

  /** Runs a program, and hands back what it printed as JSON. */
  evaluate(file: string, code: string, ...flags: string[]): unknown {
    const { code: exitCode, output, errors } = this.run(file, code, '--no-warnings', ...flags);
    if (exitCode !== 0) throw new Error(`${file} ended with ${String(exitCode)}: ${errors}`);
    return JSON.parse(output);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
