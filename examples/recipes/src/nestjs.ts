// A NestJS service whose method is decorated with a policy. `npm run nestjs`
import 'reflect-metadata';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';

const breaker = new CircuitBreakerPolicy({ name: 'bank', failureThreshold: '5/10' });
const policy = new Failsafe({ policies: [new RetryPolicy({ maxRetries: 2 }), breaker] });

export class Bank {
  charge = (order: string) => Promise.resolve(`paid ${order}`);
}

@Injectable()
export class Payments {
  @Inject(Bank) readonly bank!: Bank;

  @policy
  async pay(order: string): Promise<string> {
    return this.bank.charge(order);
  }
}

@Module({ providers: [Bank, Payments] })
export class AppModule {}

if (import.meta.filename === process.argv[1]) {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  console.log(await app.get(Payments).pay('o-1'));
}
