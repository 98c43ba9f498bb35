import { toJson } from './view/json.ts';
import { colours, plain } from './view/paint.ts';
import type { Paint } from './view/paint.ts';
import type { Terminal } from './terminal.ts';

/** Prints the results of commands: as JSON for programs, as text for people. */
export class Output {
  readonly now: number;
  readonly #terminal: Terminal;
  readonly #json: boolean;

  constructor(terminal: Terminal, json: boolean) {
    this.#terminal = terminal;
    this.#json = json;
    this.now = terminal.now();
  }

  /** Prints a value in one of the two forms. */
  show(value: unknown, text: (paint: Paint) => string): void {
    const paint = this.#terminal.colours ? colours : plain;
    this.#terminal.out(`${this.#json ? toJson(value) : text(paint)}\n`);
  }

  /** Prints a note for people, apart from the result. */
  note(text: string): void {
    if (!this.#json) this.#terminal.err(`${text}\n`);
  }
}
