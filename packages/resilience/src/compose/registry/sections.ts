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
  /** Whether what it was read from says the same as this. */
  says(given: unknown, clock: Clock | undefined): boolean;
}

/** Reads the section of a kind: throws what the policy's constructor would, with the kind's name. */
export function readSection(kind: Kind, given: unknown, clock: Clock | undefined): Section {
  const create = kinds[kind] as (options: object) => Made;
  const said = fingerprint(given);
  const why = given === undefined ? '; the registry has no section for it' : '';
  const optionsFor = readOptions(kind, given);
  const make = (name: string, more: object): Made => {
    const options = optionsFor(name);
    return named(kind, () => create({ clock, ...options, ...more }), why);
  };
  // A policy without a name is made for its checks, and left to be forgotten. A function can't be
  // asked before there is a name, and a kind without a section may never be used.
  if (typeof given === 'object') make('', {});
  return {
    make: (name, more) => make(name, { ...more, name }),
    says: (other, otherClock) => otherClock === clock && same(said, fingerprint(other)),
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
  // Read once, so that what it makes, such as a budget, is shared by all the policies.
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

/** Says in which section something is wrong. */
function named<T>(kind: Kind, read: () => T, why = ''): T {
  try {
    return read();
  } catch (error) {
    const message = look(error, 'message');
    // It may be an error of the user's, thrown by a getter of the options.
    if (typeof message !== 'string') throw error;
    throw copyError(error, { message: hidden(`${kind}: ${message}${why}`) });
  }
}

/**
 * What a section says, to be compared later, when the object that it was read from may have been
 * changed: plain data as a string, everything else as it is.
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
