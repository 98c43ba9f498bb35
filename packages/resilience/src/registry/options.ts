import type { Clock } from '../clock.ts';
import { callback, count, policyOptions, readOptions } from '../internal/options.ts';
import type { Reader } from '../internal/options.ts';
import type { OnWarning } from '../internal/warn.ts';
import { kindNames } from './kinds.ts';
import type { Kind, PolicyOptionsByKind } from './kinds.ts';
import type { PlainForms } from './plain-forms.ts';
import { readSection } from './sections.ts';
import type { Section } from './sections.ts';

/** The form of an option in plain data, where it has one. */
export type Plain<Option> = Option extends keyof PlainForms ? PlainForms[Option] : never;

/** The options of a policy but for its name, each as the policy takes it or as plain data. */
export type SectionOptions<Options> = {
  readonly [Option in keyof Options as Option extends 'name' ? never : Option]:
    Options[Option] | Plain<Option>;
};

/** How the policies of a kind are made: their options, or a function that gives them for a name. */
export type RegistrySection<Options> =
  SectionOptions<Options> | ((name: string) => SectionOptions<Options>);

/** A section for each kind of policy. */
export type RegistrySections = {
  readonly [K in Kind]?: RegistrySection<PolicyOptionsByKind[K]> | undefined;
};

/** Options of a `PolicyRegistry`. But for functions and the clock, plain data can hold all of it. */
export interface PolicyRegistryOptions extends RegistrySections {
  /** How many policies there may be. Default: 1000. */
  readonly maxPolicies?: number | undefined;
  /** Where policies get their time from, unless their section says otherwise. */
  readonly clock?: Clock | undefined;
  /** Hears, once, that a policy could not be kept. Default: `process.emitWarning`. */
  readonly onWarning?: OnWarning | undefined;
}

/** The defaults, in one place. */
export const registryDefaults = { maxPolicies: 1_000 } as const;

/** The options of a registry, checked and read. */
export interface RegistryRules {
  readonly maxPolicies: number;
  readonly clock: Clock | undefined;
  readonly onWarning: OnWarning | undefined;
  readonly sections: Readonly<Record<Kind, Section>>;
}

const asGiven = (_option: string, value: unknown): unknown => value;
const sectionReaders = Object.fromEntries(kindNames.map((kind) => [kind, asGiven])) as Record<
  Kind,
  Reader<unknown>
>;
const readers = {
  ...sectionReaders,
  maxPolicies: count(1, registryDefaults.maxPolicies),
  clock: (option: string, value: unknown): Clock | undefined =>
    value === undefined ? undefined : policyOptions.clock(option, value),
  onWarning: callback<OnWarning>(),
};

/**
 * Reads the options; throws at the first that is bad or unknown, naming it. Of the rules `before`
 * it takes what plain data can't hold, and the sections that say the same.
 */
export function readRegistryOptions(
  options: PolicyRegistryOptions,
  before?: RegistryRules,
): RegistryRules {
  const read = readOptions('PolicyRegistry', options, readers);
  const clock = read.clock ?? before?.clock;
  const sections = kindNames.map((kind) => {
    const old = before?.sections[kind];
    const unchanged = old?.says(read[kind], clock) === true;
    return [kind, unchanged ? old : readSection(kind, read[kind], clock)];
  });
  return {
    maxPolicies: read.maxPolicies,
    clock,
    onWarning: read.onWarning ?? before?.onWarning,
    sections: Object.fromEntries(sections) as RegistryRules['sections'],
  };
}
