import { NestFactory } from '@nestjs/core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { AppModule, Bank, Payments } from './nestjs.ts';

it('retries the decorated method of a service that Nest makes', async () => {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  onTestFinished(() => app.close());
  vi.spyOn(app.get(Bank), 'charge').mockRejectedValueOnce(new Error('the line is bad'));

  expect(await app.get(Payments).pay('o-1')).toBe('paid o-1');
});
