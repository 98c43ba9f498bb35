import { isThenable, leave } from '../support/foreign.ts';
import { rejectSoon } from '../support/reject-soon.ts';
import { syncMisuse } from '../support/sync-misuse.ts';
import { contextFor } from './call.ts';
import type { Call, CallContext } from './call.ts';
import type { Lane, Plan } from './stage.ts';

/** The innermost plan: runs the caller's function. */
export const invocation: Plan = {
  run(call, scope, attempt) {
    try {
      return Promise.resolve(call.invoke(scope, attempt));
    } catch (error) {
      return rejectSoon(error);
    }
  },

  runSync(call, attempt) {
    const result = call.invoke(undefined, attempt);
    if (isThenable(result)) {
      leave(result);
      throw syncMisuse('the function returned a promise; use execute');
    }
    return result;
  },
};

/** Executes a function as the first attempt, through the lane of a gate that admitted it. */
export function executeInLane(lane: Lane, fn: (context: CallContext) => unknown): Promise<unknown> {
  let result: Promise<unknown>;
  try {
    result = Promise.resolve(fn(contextFor(fn, undefined, 1)));
  } catch (error) {
    result = rejectSoon(error);
  }
  return result.then(lane.value, lane.error);
}

/** Runs a call through the lane of a gate that admitted it. */
export function runInLane(lane: Lane, call: Call, attempt: number): Promise<unknown> {
  let result: Promise<unknown>;
  try {
    result = Promise.resolve(call.invoke(undefined, attempt));
  } catch (error) {
    result = rejectSoon(error);
  }
  return result.then(lane.value, lane.error);
}
