import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

// Reads the server's process id, `none` while there is none, or `done` at the end. If the pipe closes
// without `done`, the process that started the server is gone: then it stops the server, kills what is
// left and removes its folder.
const script = `
  trap '' INT TERM HUP
  pid=none
  while read -r word; do
    if [ "$word" = done ]; then exit 0; fi
    pid=$word
  done
  if [ "$pid" != none ]; then
    all=$pid
    for file in /proc/[0-9]*/stat; do
      read -r id name state parent rest <"$file" && [ "$parent" = "$pid" ] && all="$all $id"
    done 2>/dev/null
    kill -CONT $all
    kill -INT "$pid"
    for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      if ! kill -0 "$pid" || grep -q ') Z' "/proc/$pid/stat"; then break; fi
      sleep 0.1
    done
    kill -KILL $all
  fi
  rm -rf "$1"
`;

/** A process that outlives this one and then stops its server. */
export class Watchdog {
  readonly #shell: ChildProcess;

  /** @param folder is removed with the server */
  constructor(folder: string) {
    // Its own session, so that Ctrl-C in a terminal does not reach it.
    this.#shell = spawn('sh', ['-c', script, 'watchdog', folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
      detached: true,
    });
    this.#shell.unref();
    const { stdin } = this.#shell;
    if (stdin instanceof Socket) stdin.unref();
    stdin?.on('error', () => undefined);
  }

  /** @param pid of the server; undefined once it has ended */
  watch(pid: number | undefined): void {
    this.#shell.stdin?.write(`${pid ?? 'none'}\n`);
  }

  /** Ends the watchdog without touching the server and its folder. */
  async release(): Promise<void> {
    const { exitCode, signalCode } = this.#shell;
    if (exitCode !== null || signalCode !== null) return;
    this.#shell.ref();
    await new Promise((resolve) => {
      this.#shell.once('exit', resolve);
      this.#shell.stdin?.end('done\n');
    });
  }
}
