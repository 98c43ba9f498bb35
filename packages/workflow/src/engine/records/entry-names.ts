// The names of journal entries that are not a user's. Names of steps never have a slash.

const prefix = 'compensate/';

/** The name of the entry before those of the compensations. */
export const compensationsName: string = prefix;

/** The name of the entries of a step's compensation. */
export function compensationName(step: string): string {
  return `${prefix}${step}`;
}

/** The step whose compensation has entries of this name; `undefined` if it isn't a compensation's. */
export function compensatedStep(name: string): string | undefined {
  return name.startsWith(prefix) && name !== prefix ? name.slice(prefix.length) : undefined;
}
