/**
 * Policies for dispatchers of undici.
 *
 * @packageDocumentation
 */
export { resilience } from './resilience.ts';
export type { ResilienceInterceptor } from './resilience.ts';
export type { UndiciResponse } from './incoming.ts';
