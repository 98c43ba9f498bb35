/** The environment of the command line, and where it writes. */
export interface Terminal {
  /** Writes results. */
  out(text: string): void;
  /** Writes errors and notes. */
  err(text: string): void;
  /** Whether `out` supports colours. */
  readonly colours: boolean;
  /** The width of help texts; `undefined` for the default. */
  readonly columns: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Epoch ms. */
  now(): number;
}

/** The terminal, or the pipes, of a process. */
export function processTerminal({ stdout, stderr, env }: NodeJS.Process): Terminal {
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    colours: stdout.isTTY && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb',
    columns: stdout.isTTY ? stdout.columns : undefined,
    env,
    now: () => Date.now(),
  };
}
