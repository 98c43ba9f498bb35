import type { Question } from '../subject.ts';
import { alone } from './alone.ts';
import { breakerMemory } from './breaker-memory.ts';
import { breakerFailure, breakerRejection, breakerSuccess } from './breaker.ts';
import { chains } from './chains.ts';
import { fleetCall } from './fleet-call.ts';
import { fleetStore } from './fleet-store.ts';
import { inFlight } from './in-flight.ts';
import { listeners } from './listeners.ts';
import { queue } from './queue.ts';
import { rejections } from './rejections.ts';
import { signals } from './signals.ts';

/** Every question, in the order in which they are answered. */
export const questions: readonly Question[] = [
  breakerSuccess,
  breakerFailure,
  breakerRejection,
  ...alone,
  ...chains,
  ...signals,
  listeners,
  queue,
  rejections,
  inFlight,
  breakerMemory,
  fleetCall,
  fleetStore,
];
