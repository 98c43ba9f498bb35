import type { Clock } from '../../seams/clock.ts';
import { copyError, hidden } from '../../support/copy-error.ts';
import { describe } from '../../support/describe.ts';
import { isPlain, leave, look } from '../../support/foreign.ts';
import { isCallback, isRecord } from '../../support/options.ts';
import { kinds } from './kinds.ts';
import type { Kind, Made } from './kinds.ts';
import { fromPlain } from './plain-forms.ts';

/** How a registry makes the policies of one kind. */
export interface Section {
  /** Makes the policy with this name; throws what its constructor throws. */
  make(name: string, more?: object): Made;
  /** Whether it was read from equal options. */
  matches(given: unknown, clock: Clock | undefined): boolean;
}

/** Reads the section of a kind. Throws what the policy's constructor would throw, with the kind's name. */
export function readSection(kind: Kind, given: unknown, clock: Clock | undefined): Section {
  const create = kinds[kind] as (options: object) => Made;
  const original = fingerprint(given);
  const why = given === undefined ? '; the registry has no section for it' : '';
  const optionsFor = readOptions(kind, given);
  const make = (name: string, more: object): Made => {
    const options = optionsFor(name);
    return named(kind, () => create({ clock, ...options, ...more }), why);
  };
  // Makes a policy only to check the options. A function cannot be called before there is a name, and a kind
  // without a section may never be used.
  if (typeof given === 'object') make('', {});
  return {
    make: (name, more) => make(name, { ...more, name }),
    matches: (other, otherClock) => otherClock === clock && same(original, fingerprint(other)),
  };
}

function readOptions(kind: Kind, given: unknown): (name: string) => object {
  if (typeof given === 'function' && isCallback(given)) {
    const optionsFor = given as (name: string) => unknown;
    return (name) => {
      const options = optionsFor(name);
      return named(kind, () => readPlain(kind, options));
    };
  }
  // Read once, so that all policies share what reading creates, such as a budget.
  const options = named(kind, () => readPlain(kind, given === undefined ? {} : given));
  return () => options;
}

function readPlain(kind: Kind, given: unknown): object {
  if (!isRecord(given)) {
    leave(given);
    throw new TypeError(`${describe(given)} is invalid; expected an object of options`);
  }
  if (given['name'] !== undefined) {
    throw new TypeError(`name: pass the name to registry.${kind}(name) instead`);
  }
  return fromPlain(given);
}

/** Adds the name of the section to an error. */
function named<T>(kind: Kind, read: () => T, why = ''): T {
  try {
    return read();
  } catch (error) {
    const message = look(error, 'message');
    // A getter of the options may throw anything.
    if (typeof message !== 'string') throw error;
    throw copyError(error, { message: hidden(`${kind}: ${message}${why}`) });
  }
}

/**
 * Captures the content of a section for a later comparison, because its object may be changed meanwhile: plain
 * data as strings, everything else as it is.
 */
function fingerprint(given: unknown): unknown {
  if (!isPlain(given)) return given;
  return new Map(Object.entries(given).map(([option, value]) => [option, textOf(value)]));
}

function textOf(value: unknown): unknown {
  if (!isPlain(value) && !Array.isArray(value)) return value;
  try {
    return JSON.stringify(value);
  } catch {
    return value;
  }
}

function same(a: unknown, b: unknown): boolean {
  if (!(a instanceof Map) || !(b instanceof Map)) return a === b;
  return a.size === b.size && [...a].every(([option, value]) => b.get(option) === value);
}
