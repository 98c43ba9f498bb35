export type {
  PolicyRegistryOptions,
  RegistrySection,
  RegistrySections,
  SectionOptions,
} from './options.ts';
export type { ThresholdData } from './plain-forms.ts';
export { PolicyRegistry } from './registry.ts';
