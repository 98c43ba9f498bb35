import { RejectedError } from '@highway/resilience';

/** How a protected function ends, and what a breaker makes of it. */
export type Ending =
  | 'success'
  | 'bad value' // a failure by `handleResult`
  | 'failure'
  | 'harmless' // an error that `handle` takes for an answer: a success
  | 'ignored' // an error that says nothing
  | 'ignored and harmless'
  | 'rejection' // from a policy further in: no outcome
  | 'trap'; // an error at which `handle` throws: a failure

/** What a function throws for each ending; for the others it gives their names. */
const errors: Partial<Record<Ending, Error>> = {
  failure: new Error('failure'),
  harmless: new Error('harmless'),
  ignored: new Error('ignored'),
  'ignored and harmless': new Error('ignored and harmless'),
  rejection: new RejectedError('from further in', { code: 'ERR_TEST' }),
  trap: new Error('trap'),
};
const thrownByPredicate = new Error('thrown by a predicate');

/** What a caller gets; the predicate's own error if that was asked and threw. */
export function resultOf(ending: Ending, judged: boolean): unknown {
  if (ending === 'trap' && judged) return thrownByPredicate;
  return errors[ending] ?? ending;
}

/** Ends a function that way. */
export function finish(ending: Ending): unknown {
  if (errors[ending] !== undefined) throw errors[ending];
  return ending;
}

/** The options that tell the endings apart. */
export const predicates = {
  handle: (error: unknown): boolean => {
    if (error === errors.trap) throw thrownByPredicate;
    return error !== errors.harmless && error !== errors['ignored and harmless'];
  },
  ignore: (error: unknown): boolean =>
    error === errors.ignored || error === errors['ignored and harmless'],
};

/** Whether it is a failure, a success, or (`undefined`) no outcome at all. */
export function isFailure(ending: Ending, judgesValues: boolean): boolean | undefined {
  switch (ending) {
    case 'success':
    case 'harmless':
      return false;
    case 'failure':
    case 'trap':
      return true;
    case 'bad value':
      return judgesValues;
    default:
      return undefined;
  }
}
