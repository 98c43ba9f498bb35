// A NestJS service whose method is decorated with a policy. `npm run nestjs`
import 'reflect-metadata';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';

export abstract class Bank {
  abstract charge(order: string): Promise<string>;
}

const bankPolicy = new Failsafe({
  policies: [
    new RetryPolicy({ maxRetries: 2 }),
    new CircuitBreakerPolicy({ name: 'bank', failureThreshold: '5/10' }),
  ],
});

@Injectable()
export class Payments {
  readonly #bank: Bank;

  constructor(@Inject(Bank) bank: Bank) {
    this.#bank = bank;
  }

  @bankPolicy
  async pay(order: string): Promise<string> {
    return this.#bank.charge(order);
  }
}

@Module({
  providers: [
    Payments,
    { provide: Bank, useValue: { charge: (order: string) => Promise.resolve(`paid ${order}`) } },
  ],
})
export class AppModule {}

if (import.meta.filename === process.argv[1]) {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  console.log(await app.get(Payments).pay('o-1'));
  await app.close();
}
