import { expect, it } from 'vitest';
import { CircuitBreakerPolicy } from '@highway/resilience';

it('a breaker decorates a method, which keeps its `this` and its name', async () => {
  const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });

  class Payments {
    readonly currency = 'EUR';

    @breaker
    async charge(amount: number): Promise<string> {
      return `${amount} ${this.currency}`;
    }
  }

  await expect(new Payments().charge(5)).resolves.toBe('5 EUR');
  expect(Payments.prototype.charge.name).toBe('charge');
});
