import { BulkheadPolicy } from '@highway/resilience';
import { cockatielBulkhead } from '../peers.ts';
import type { Subject, TimedQuestion } from '../subject.ts';
import { cockatiel, highway } from './subjects.ts';

/** Ten at once, of which nine wait. */
const crowd = (call: string): string => `Promise.all(ten.map(() => ${call}))`;

function tenAtOnce(subject: Subject): Subject {
  const setup: Subject['setup'] = async (work) => ({
    ...(await subject.setup(work)),
    ten: Array.from({ length: 10 }),
  });
  return { ...subject, code: crowd(subject.code), setup };
}

export const queue: TimedQuestion = {
  name: 'bulkhead-queue',
  asks: 'What do ten calls that wait for one slot cost, each in its own async context?',
  subjects: [
    {
      name: 'bare',
      library: 'bare',
      code: crowd('fn()'),
      setup: ({ succeed }) => ({ fn: succeed, ten: Array.from({ length: 10 }) }),
    },
    tenAtOnce(highway('execute', () => new BulkheadPolicy({ maxConcurrent: 1, maxQueued: 10 }))),
    tenAtOnce(cockatiel('cockatiel', () => cockatielBulkhead(1, 10))),
  ],
};
