import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
import { collectReports } from '../support/host.ts';

describe('listening to a policy', () => {
  it('throws for an unknown event type, and the error names it and the known ones', () => {
    const policy = new RetryPolicy();
    expect(() => policy.on('sucess' as 'success', () => undefined)).toThrow(
      /on: "sucess".*success/,
    );
  });

  it('throws for a listener that is not a function', () => {
    const policy = new RetryPolicy();
    expect(() => policy.on('success', 5 as never)).toThrow(/on: 5.*function/);
  });
});

describe('the warning about an order of policies', () => {
  it('is also given for an order inside a nested Failsafe', () => {
    const heard: string[] = [];
    const inner = new Failsafe({ policies: [new RetryPolicy()] });
    new Failsafe({
      policies: [new CircuitBreakerPolicy(), inner],
      onWarning: (message) => heard.push(message),
    });
    expect(heard).toEqual([expect.stringContaining('circuitBreaker outside retry')]);
  });

  it('is given once, by the nested Failsafe that has the order', () => {
    const heard: string[] = [];
    const onWarning = (message: string): unknown => heard.push(message);
    const inner = new Failsafe({
      policies: [new CircuitBreakerPolicy(), new RetryPolicy()],
      onWarning,
    });
    new Failsafe({ policies: [inner], onWarning });
    expect(heard).toHaveLength(1);
  });

  it('does not break the construction if onWarning throws', async () => {
    const policies = [new CircuitBreakerPolicy(), new RetryPolicy()];
    const onWarning = (): never => {
      throw new Error('not now');
    };
    const reported = await collectReports(() => {
      expect(new Failsafe({ policies, onWarning }).policies).toEqual(policies);
    });
    expect(reported).toEqual([new Error('not now')]);
  });
});
