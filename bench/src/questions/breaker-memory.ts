import { CircuitBreakerPolicy } from '@highway/resilience';
import { bytesInUse } from '../allocation.ts';
import { cockatielBreaker, opossumBreaker } from '../peers.ts';
import { median } from '../statistics.ts';
import type { Count, CountedQuestion } from '../subject.ts';

const repeats = 5;

type Call = () => Promise<unknown>;

/** The bytes of the heap that each of many breakers holds, after 100 calls through each. */
async function bytesEach(breakers: number, make: () => Call): Promise<number> {
  const found: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const kept = new Array<Call | undefined>(breakers).fill(undefined);
    const before = await bytesInUse();
    for (let i = 0; i < breakers; i++) {
      const call = make();
      for (let j = 0; j < 100; j++) await call();
      kept[i] = call;
    }
    found.push(((await bytesInUse()) - before) / breakers);
    kept.length = 0;
  }
  return median(found);
}

async function count(): Promise<readonly Count[]> {
  const work = () => Promise.resolve(1);
  // The functions that make the calls are the harness's, and no part of a breaker.
  const shared = {};
  const harness = await bytesEach(5_000, () => {
    const policy = shared;
    return () => work().then(() => policy);
  });
  const highway = await bytesEach(5_000, () => {
    const policy = new CircuitBreakerPolicy({ failureThreshold: '50/100' });
    return () => policy.execute(work);
  });
  const cockatiel = await bytesEach(1_000, () => {
    const policy = cockatielBreaker();
    return () => policy.execute(work);
  });
  const opossum = await bytesEach(100, () => {
    const policy = opossumBreaker(work);
    return () => policy.fire();
  });
  const net = (bytes: number) => ({ 'bytes each': bytes - harness });
  const targets = [{ figure: 'bytes each', atMost: 900 }];
  return [
    { name: 'CircuitBreakerPolicy', library: 'highway', figures: net(highway), targets },
    { name: 'CountBreaker', library: 'cockatiel', figures: net(cockatiel) },
    { name: 'time window', library: 'opossum', figures: net(opossum) },
  ];
}

export const breakerMemory: CountedQuestion = {
  name: 'breaker-memory',
  asks: 'How much heap does a breaker with a window of 100 hold, after 100 calls?',
  count,
};
