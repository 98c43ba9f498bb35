export { StoreContractError } from './assertions.ts';
export { randomTrace } from './random-trace.ts';
export type { RandomTrace, RandomTraceOptions, TraceStep } from './random-trace.ts';
export { storeContract } from './store-contract.ts';
export type { StoreCase, StoreHarness, StoreNeed } from './store-harness.ts';
