import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from '../support/consumer.ts';

// Whole programs, run by Node on the packed package: what a process does can't be seen from within.
let consumer: Consumer;

beforeAll(() => {
  consumer = new Consumer('other-copy');
}, 60_000);

afterAll(() => {
  consumer.remove();
});

const use = `
  const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
  const wrapped = breaker(async (text) => text.toUpperCase());
  wrapped('used').then((text) => console.log(JSON.stringify([text, breaker.state])));
`;

describe('the package', { timeout: 30_000 }, () => {
  it.each([
    [
      'imported by an ES module',
      'use.mjs',
      `import { CircuitBreakerPolicy } from '@highway/resilience'; ${use}`,
    ],
    [
      'imported by a CommonJS module',
      'use-import.cjs',
      `import('@highway/resilience').then(({ CircuitBreakerPolicy }) => { ${use} });`,
    ],
    [
      'required by a CommonJS module',
      'use-require.cjs',
      `const { CircuitBreakerPolicy } = require('@highway/resilience'); ${use}`,
    ],
  ])('works if it is %s', (_how, file, code) => {
    expect(consumer.evaluate(file, code)).toEqual(['USED', 'CLOSED']);
  });

  it('names its sources in stack traces if source maps are enabled', () => {
    const code = `
      import { Fraction } from '@highway/resilience';
      try { new Fraction(3, 2); } catch (error) { console.log(JSON.stringify(error.stack)); }`;
    expect(consumer.evaluate('maps.mjs', code, '--enable-source-maps')).toContain(
      'src/values/fraction.ts',
    );
  });
});

describe('a process', { timeout: 30_000 }, () => {
  it('ends by itself while policies are idle, whatever their state', () => {
    const code = `
      import { Backoff, CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
      const hang = () => new Promise(() => {});
      const [open, halfOpen, isolated] = [1, 2, 3].map(() => new CircuitBreakerPolicy({ name: 'b' }));
      open.open();
      halfOpen.halfOpen();
      halfOpen.execute(hang);
      isolated.isolate();
      const caller = new AbortController();
      const retry = new RetryPolicy({ backoff: Backoff.fixed('1h') });
      const failsafe = new Failsafe({ policies: [retry, new CircuitBreakerPolicy()] });
      const fail = () => { throw new Error('boom'); };
      const waiting = [retry, failsafe].map((each) => each.execute(fail, { signal: caller.signal }));
      setTimeout(() => caller.abort('enough'), 10);
      Promise.allSettled(waiting).then((ends) => console.log(JSON.stringify(ends.map((e) => e.reason))));`;
    const { code: exitCode, output } = consumer.run('idle.mjs', code);
    expect([exitCode, output.trim()]).toEqual([0, '["enough","enough"]']);
  });

  it('ends with an error if nobody awaits a rejection', () => {
    const code = `
      import { CircuitBreakerPolicy } from '@highway/resilience';
      new CircuitBreakerPolicy().execute(() => Promise.reject(new Error('nobody listens')));`;
    const { code: exitCode, errors } = consumer.run('unhandled.mjs', code);
    expect(exitCode).toBe(1);
    expect(errors).toContain('nobody listens');
  });

  it('gets no warning for a thousand calls on one signal, which has one listener', () => {
    const code = `
      import { getEventListeners } from 'node:events';
      import { CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
      const warnings = [];
      process.on('warning', (warning) => warnings.push(String(warning)));
      const caller = new AbortController();
      const policy = new Failsafe({ policies: [new RetryPolicy(), new CircuitBreakerPolicy()] });
      const release = [];
      const calls = Array.from({ length: 1000 }, () =>
        policy.execute(({ signal }) => {
          signal.addEventListener('abort', () => {});
          return new Promise((resolve) => release.push(resolve));
        }, { signal: caller.signal }));
      const listeners = () => getEventListeners(caller.signal, 'abort').length;
      const during = listeners();
      for (const each of release) each();
      await Promise.all(calls);
      await new Promise((resolve) => setImmediate(resolve));
      console.log(JSON.stringify({ during, after: listeners(), warnings }));`;
    expect(consumer.evaluate('listeners.mjs', code)).toEqual({
      during: 1,
      after: 0,
      warnings: [],
    });
  });

  it('keeps no memory for the calls on a long-lived signal', () => {
    const code = `
      import { CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
      const caller = new AbortController();
      const policy = new Failsafe({ policies: [new RetryPolicy(), new CircuitBreakerPolicy()] });
      const many = async (count) => {
        for (let i = 0; i < count; i++) {
          await policy.execute(({ signal }) => signal.aborted, { signal: caller.signal });
        }
        for (let i = 0; i < 3; i++) { gc(); await new Promise((resolve) => setImmediate(resolve)); }
        return process.memoryUsage().heapUsed;
      };
      const before = await many(2_000);
      const after = await many(10_000);
      console.log(JSON.stringify((after - before) / 10_000));`;
    // One signal alone would be several hundred bytes.
    const bytesForEachCall = consumer.evaluate('memory.mjs', code, '--expose-gc');
    expect(bytesForEachCall).toBeLessThan(100);
  });
});

describe('two copies of the package in a process', { timeout: 30_000 }, () => {
  it('recognize each other’s errors', () => {
    const code = `
      import * as one from '@highway/resilience';
      import * as other from 'other-copy';
      const breaker = new other.CircuitBreakerPolicy();
      breaker.open();
      const rejection = await breaker.execute(() => 1).catch((error) => error);
      const outer = new one.CircuitBreakerPolicy({ failureThreshold: '1/1' });
      const retry = new one.RetryPolicy();
      const results = await Promise.all([outer, retry].map((each) =>
        each.execute(() => breaker.execute(() => 1)).catch((error) => error.code)));
      console.log(JSON.stringify({
        foreign: !(rejection instanceof one.RejectedError),
        known: one.isRejection(rejection),
        results,
        counted: outer.history.length,
      }));`;
    expect(consumer.evaluate('copies.mjs', code)).toEqual({
      foreign: true,
      known: true,
      results: ['ERR_CIRCUIT_OPEN', 'ERR_CIRCUIT_OPEN'],
      counted: 0,
    });
  });

  it('recognize each other’s timeouts as failures', () => {
    const code = `
      import * as one from '@highway/resilience';
      import * as other from 'other-copy';
      const breaker = new one.CircuitBreakerPolicy();
      const outer = new AbortController();
      breaker.execute(() => new Promise(() => {}), { signal: outer.signal });
      outer.abort(new other.TimeoutExceededError(5));
      await new Promise((resolve) => setImmediate(resolve));
      console.log(JSON.stringify([...breaker.history]));`;
    expect(consumer.evaluate('copies-timeout.mjs', code)).toEqual([false]);
  });
});
