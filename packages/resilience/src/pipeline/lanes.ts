import type { Gate, Lane } from './stage.ts';

/** The lane of no gates: it admits everything and records nothing. */
export const noGates: Lane = {
  value: (value) => value,
  error: (error) => {
    throw error;
  },
  failed: (error) => error,
  undo: () => undefined,
  abandoned: () => undefined,
};

/** Several gates that admit an attempt together: through the lanes of all of them, or through none. */
export class LaneGroup {
  readonly #gates: readonly Gate[];
  /** The lanes through which they admitted the last attempt, and all of them as one. */
  readonly #lanes: Lane[] = [];
  #joined: Lane | undefined = undefined;

  constructor(gates: readonly Gate[]) {
    this.#gates = gates;
  }

  admit(cancellable: boolean): Lane | undefined {
    const gates = this.#gates;
    const lanes = this.#lanes;
    for (let i = 0; i < gates.length; i++) {
      const lane = gates[i]!.lane!(cancellable);
      if (lane === undefined) {
        while (--i >= 0) lanes[i]!.undo();
        return undefined;
      }
      if (lane === lanes[i]) continue;
      lanes[i] = lane;
      this.#joined = undefined;
    }
    return (this.#joined ??= lanes.reduce(join));
  }
}

/** The lane of two gates, each of which admitted the attempt through its own. */
function join(outer: Lane, inner: Lane): Lane {
  return {
    outer,
    inner,
    value: (value) => outer.value(inner.value(value)),
    error: (error) => outer.error(inner.failed(error)),
    failed: (error) => outer.failed(inner.failed(error)),
    undo: () => {
      inner.undo();
      outer.undo();
    },
    abandoned: (reason) => {
      const inside = inner.abandoned(reason);
      const outside = outer.abandoned(reason);
      return inside && outside ? join(outside, inside) : (inside ?? outside);
    },
  };
}
