/**
 * Policies for instances of axios.
 *
 * @packageDocumentation
 */
export { useResilience } from './use-resilience.ts';
export type { AxiosResilience } from './use-resilience.ts';
