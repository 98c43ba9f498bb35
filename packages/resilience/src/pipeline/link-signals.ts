import { look } from '../support/foreign.ts';
import { invalid } from '../support/options.ts';
import { toSignal } from '../support/signal.ts';
import { callerScope, SignalHandle } from './scope.ts';

/**
 * Returns a signal that aborts when the first of the given ones does, with its reason. If one is aborted already, so is
 * the returned signal. `null` and `undefined` are skipped. Throws a `TypeError` for anything that is not a signal.
 *
 * As long as somebody holds the returned signal, each of the given ones has one listener, however often it is linked.
 * Once it is aborted, or nobody holds it any more, nothing is left on them. So it can be used with signals that live as
 * long as the process. A function that listens to the signal does not hold it: keep it in a variable, or pass it to
 * something that runs, such as a call of a policy or a `fetch`.
 *
 * @example
 * const signal = linkSignals([request.signal, shutdown.signal]);
 * const response = await fetch(url, { signal });
 */
export function linkSignals(signals: Iterable<AbortSignal | null | undefined>): AbortSignal {
  const linked = readSignals(signals);
  const handle = new SignalHandle();
  const aborted = linked.find((signal) => signal.aborted);
  if (aborted === undefined) handle.follow(new Set(linked.map(callerScope)));
  else handle.abort(aborted.reason);
  return handle.signal;
}

function readSignals(given: unknown): AbortSignal[] {
  if (typeof given !== 'object' || typeof look(given, Symbol.iterator) !== 'function') {
    return invalid('signals', given, 'an array of signals');
  }
  const all = [...(given as Iterable<unknown>)];
  return all.flatMap((each, i) => toSignal(`signals[${String(i)}]`, each) ?? []);
}
