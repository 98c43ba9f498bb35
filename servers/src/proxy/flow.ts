import type { Socket } from 'node:net';

/** The current condition of the network between a proxy's clients and its server. */
export interface Conditions {
  readonly blackholed: boolean;
  readonly delayMs: number;
}

/** Bytes, or the end of the stream. */
type Parcel = Buffer | undefined;

/** One direction of a connection. */
export class Flow {
  /** Whether bytes were swallowed, so that the stream has a gap. */
  lost = false;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #conditions: Conditions;
  readonly #count: (bytes: number) => void;
  readonly #underWay: { readonly parcel: Parcel; readonly at: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param ends `from` must still be paused */
  constructor(
    ends: { readonly from: Socket; readonly to: Socket },
    conditions: Conditions,
    count: (bytes: number) => void,
  ) {
    this.#from = ends.from;
    this.#to = ends.to;
    this.#conditions = conditions;
    this.#count = count;
    this.#from.on('data', (chunk: Buffer) => this.#accept(chunk));
    this.#from.on('end', () => this.#accept(undefined));
    this.#to.on('drain', () => this.#from.resume());
  }

  /** Drops the chunks in transit. */
  close(): void {
    clearTimeout(this.#timer);
    this.#underWay.length = 0;
  }

  #accept(parcel: Parcel): void {
    const { delayMs } = this.#conditions;
    if (delayMs === 0 && this.#underWay.length === 0) {
      this.#deliver(parcel);
      return;
    }
    // Keeps chunks in order, even if the delay has become shorter meanwhile.
    const before = this.#underWay.at(-1)?.at ?? 0;
    this.#underWay.push({ parcel, at: Math.max(before, performance.now() + delayMs) });
    if (this.#underWay.length === 1) this.#arm();
  }

  #arm(): void {
    const next = this.#underWay[0];
    if (next === undefined) return;
    this.#timer = setTimeout(() => this.#deliverDue(), Math.max(0, next.at - performance.now()));
  }

  #deliverDue(): void {
    const now = performance.now();
    while (this.#underWay[0] !== undefined && this.#underWay[0].at <= now) {
      this.#deliver(this.#underWay.shift()?.parcel);
    }
    this.#arm();
  }

  #deliver(parcel: Parcel): void {
    if (this.#conditions.blackholed) {
      this.lost = true;
    } else if (parcel === undefined) {
      this.#to.end();
    } else {
      this.#count(parcel.length);
      if (!this.#to.write(parcel)) this.#from.pause();
    }
  }
}
