import { invocation } from './invocation.ts';
import { Segment } from './segment.ts';
import type { Gate, Plan, Stage } from './stage.ts';

/**
 * Compiles stages, outermost first, into one plan around `inner`. Each run of gates, with the reactor
 * around it, becomes one segment, which costs one promise per call.
 */
export function compile(stages: readonly Stage[], inner: Plan = invocation): Plan {
  let plan = inner;
  let gates: Gate[] = [];
  for (let i = stages.length - 1; i >= 0; i--) {
    const stage = stages[i]!;
    if (stage.kind === 'gate') {
      gates.unshift(stage);
      continue;
    }
    if (stage.kind === 'reactor') {
      plan = new Segment(stage, gates, plan);
    } else {
      if (gates.length > 0) plan = new Segment(undefined, gates, plan);
      plan = stage.around(plan);
    }
    gates = [];
  }
  // A call without policies still needs a segment, because an attempt links its signal.
  const bare = stages.length === 0 && plan === invocation;
  return gates.length > 0 || bare ? new Segment(undefined, gates, plan) : plan;
}
