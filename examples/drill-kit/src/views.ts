import { createLogUpdate } from 'log-update';
import type { Display } from './display.ts';
import { print } from './print.ts';

/** Shows a drill while it runs. */
export interface View {
  /** Shows the drill, so many ms after the start; called several times a second. */
  update(elapsed: number): void;
  /** Shows the end. */
  end(elapsed: number): void;
}

/** Reports arrive a little after the events. */
const reportLagMs = 300;

/** The view for a stream: live on a terminal that is large enough, plain lines otherwise. */
export function viewFor(stream: NodeJS.WriteStream, display: Display): View {
  const { frameWidth } = display;
  const fits = stream.columns >= frameWidth && stream.rows > display.frame(0, frameWidth).length;
  return stream.isTTY && fits ? new LiveView(stream, display) : new PlainView(stream, display);
}

class LiveView implements View {
  readonly #stream: NodeJS.WriteStream;
  readonly #display: Display;
  readonly #log: ReturnType<typeof createLogUpdate>;

  constructor(stream: NodeJS.WriteStream, display: Display) {
    this.#stream = stream;
    this.#display = display;
    this.#log = createLogUpdate(stream);
  }

  update(elapsed: number): void {
    this.#show(Math.max(0, elapsed - reportLagMs));
  }

  end(elapsed: number): void {
    this.#show(elapsed);
    this.#log.done();
  }

  #show(elapsed: number): void {
    this.#log(this.#display.frame(elapsed, this.#stream.columns).join('\n'));
  }
}

class PlainView implements View {
  readonly #stream: NodeJS.WriteStream;
  readonly #display: Display;
  #shown = 0;

  constructor(stream: NodeJS.WriteStream, display: Display) {
    this.#stream = stream;
    this.#display = display;
  }

  update(elapsed: number): void {
    this.#showUntil(Math.floor((elapsed - reportLagMs) / 1000));
  }

  end(elapsed: number): void {
    this.#showUntil(Math.ceil(Math.min(elapsed / 1000, this.#display.seconds ?? Infinity)));
  }

  #showUntil(seconds: number): void {
    if (this.#shown === 0 && seconds > 0) print(this.#display.heading(), this.#stream);
    for (; this.#shown < seconds; this.#shown++) {
      print([this.#display.line(this.#shown)], this.#stream);
    }
  }
}
