import type { Lane } from './stage.ts';

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

/** The lane of several gates, each of which admitted the attempt through its own. */
export function join(outer: Lane, inner: Lane): Lane {
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
