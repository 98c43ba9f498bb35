import type { Clock } from '../../seams/clock.ts';
import { callback, count, invalid, policyOptions, readOptions } from '../../support/options.ts';
import type { Reader } from '../../support/options.ts';
import type { OnWarning } from '../../support/warn.ts';
import { kindNames } from './kinds.ts';
import type { Kind, PolicyOptionsByKind } from './kinds.ts';
import type { PlainForms } from './plain-forms.ts';
import { readSection } from './sections.ts';
import type { Section } from './sections.ts';

/** The plain-data form of an option, if it has one. */
export type Plain<Option> = Option extends keyof PlainForms ? PlainForms[Option] : never;

/** The options of a policy without its name, each as the policy takes it or as plain data. */
export type SectionOptions<Options> = {
  readonly [Option in keyof Options as Option extends 'name' ? never : Option]:
    Options[Option] | Plain<Option>;
};

/** The options of a kind of policy, or a function that returns them for a name. */
export type RegistrySection<Options> =
  SectionOptions<Options> | ((name: string) => SectionOptions<Options>);

/** A section for each kind of policy. */
export type RegistrySections = {
  readonly [K in Kind]?: RegistrySection<PolicyOptionsByKind[K]> | undefined;
};

/** Options of a `PolicyRegistry`. Except for functions and the clock, they can be plain data. */
export interface PolicyRegistryOptions extends RegistrySections {
  /** How many policies are kept at most. Default: 1000. */
  readonly maxPolicies?: number | undefined;
  /**
   * What a new name gets if no policy can be forgotten. Default: a policy of its own that is not kept, so that asking
   * again returns another one, without its state.
   *
   * With `'shared'`, all such names get the same policy of that kind, which is made from the section with the name
   * `(overflow)`. They share its state: one circuit, one number of slots, one rate. These at most ten policies are kept
   * in addition to `maxPolicies`. A name gets a policy of its own once you ask for it when there is room again.
   */
  readonly overflow?: 'shared' | undefined;
  /** The clock of the policies, unless their section has one. */
  readonly clock?: Clock | undefined;
  /** Called the first time that a policy cannot be kept. Default: `process.emitWarning`. */
  readonly onWarning?: OnWarning | undefined;
}

/** The default values. */
export const registryDefaults = { maxPolicies: 1_000 } as const;

/** The name of the policies that are shared by the names for which there is no room. */
export const overflowName = '(overflow)';

/** The validated options of a registry. */
export interface RegistryRules {
  readonly maxPolicies: number;
  readonly overflow: 'shared' | undefined;
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
  overflow: (option: string, value: unknown): 'shared' | undefined =>
    value === undefined || value === 'shared' ? value : invalid(option, value, '"shared"'),
  clock: (option: string, value: unknown): Clock | undefined =>
    value === undefined ? undefined : policyOptions.clock(option, value),
  onWarning: callback<OnWarning>(),
};

/**
 * Reads and checks the options. Throws for the first invalid or unknown one, naming it. Keeps from `before` what plain
 * data cannot hold, and the sections that have not changed.
 */
export function readRegistryOptions(
  options: PolicyRegistryOptions,
  before?: RegistryRules,
): RegistryRules {
  const read = readOptions('PolicyRegistry', options, readers);
  const clock = read.clock ?? before?.clock;
  const sections = kindNames.map((kind) => {
    const old = before?.sections[kind];
    const unchanged = old?.matches(read[kind], clock) === true;
    return [kind, unchanged ? old : readSection(kind, read[kind], clock)];
  });
  return {
    maxPolicies: read.maxPolicies,
    overflow: read.overflow,
    clock,
    onWarning: read.onWarning ?? before?.onWarning,
    sections: Object.fromEntries(sections) as RegistryRules['sections'],
  };
}
