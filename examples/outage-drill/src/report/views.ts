import { createLogUpdate } from 'log-update';
import type { GroupTally } from './group-tally.ts';
import { frameHeight, frameWidth, renderFrame } from './live-frame.ts';
import type { Moment } from './live-frame.ts';
import { plainHeading, plainLine } from './plain-lines.ts';

/** What a drill shows of itself while it runs. */
export interface View {
  /** Shows the moment; called several times a second. */
  update(moment: Omit<Moment, 'width'>): void;
  /** Shows the end. */
  end(moment: Omit<Moment, 'width'>): void;
}

/** Reports come in a little after what they tell of. */
const reportLagMs = 300;

/** A view that suits the stream: live on a terminal that is large enough, else plain lines. */
export function viewFor(stream: NodeJS.WriteStream, tallies: readonly GroupTally[]): View {
  const fits = stream.rows > frameHeight(tallies) && stream.columns >= frameWidth;
  return stream.isTTY && fits ? new LiveView(stream) : new PlainView(stream);
}

class LiveView implements View {
  readonly #stream: NodeJS.WriteStream;
  readonly #log: ReturnType<typeof createLogUpdate>;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#log = createLogUpdate(stream);
  }

  update(moment: Omit<Moment, 'width'>): void {
    const known = Math.max(0, moment.elapsed - reportLagMs);
    this.#show({ ...moment, elapsed: known });
  }

  end(moment: Omit<Moment, 'width'>): void {
    this.#show(moment);
    this.#log.done();
  }

  #show(moment: Omit<Moment, 'width'>): void {
    this.#log(renderFrame({ ...moment, width: this.#stream.columns }).join('\n'));
  }
}

class PlainView implements View {
  readonly #stream: NodeJS.WriteStream;
  #shown = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  update(moment: Omit<Moment, 'width'>): void {
    this.#showUntil(Math.floor((moment.elapsed - reportLagMs) / 1000), moment);
  }

  end(moment: Omit<Moment, 'width'>): void {
    this.#showUntil(Math.ceil(Math.min(moment.elapsed / 1000, moment.seconds)), moment);
  }

  #showUntil(seconds: number, { tallies, phases }: Omit<Moment, 'width'>): void {
    if (this.#shown === 0 && seconds > 0) this.#print(plainHeading(tallies, phases));
    for (; this.#shown < seconds; this.#shown++) {
      this.#print([plainLine(tallies, this.#shown, phases)]);
    }
  }

  #print(lines: readonly string[]): void {
    this.#stream.write(lines.map((line) => `${line}\n`).join(''));
  }
}
