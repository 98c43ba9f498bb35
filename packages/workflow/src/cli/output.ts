import { toJson } from './view/json.ts';
import { colours, plain } from './view/paint.ts';
import type { Paint } from './view/paint.ts';
import type { Terminal } from './terminal.ts';

/** Shows what a command found: to programs as JSON, to people as text. */
export class Output {
  readonly now: number;
  readonly #terminal: Terminal;
  readonly #json: boolean;

  constructor(terminal: Terminal, json: boolean) {
    this.#terminal = terminal;
    this.#json = json;
    this.now = terminal.now();
  }

  /** Shows a value, in one of its two forms. */
  show(value: unknown, text: (paint: Paint) => string): void {
    const paint = this.#terminal.colours ? colours : plain;
    this.#terminal.out(`${this.#json ? toJson(value) : text(paint)}\n`);
  }

  /** A word to people, beside what was shown. */
  note(text: string): void {
    if (!this.#json) this.#terminal.err(`${text}\n`);
  }
}
