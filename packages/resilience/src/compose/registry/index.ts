export type {
  Kind as PolicyKind,
  Policies as PoliciesByKind,
  PolicyOptionsByKind,
} from './kinds.ts';
export type {
  Plain as PlainOption,
  PolicyRegistryOptions,
  RegistrySection,
  RegistrySections,
  SectionOptions,
} from './options.ts';
export type { PlainForms, ThresholdData } from './plain-forms.ts';
export { PolicyRegistry } from './registry.ts';
