import { startRedis } from '@highway/servers';
import { expect, it, onTestFinished } from 'vitest';
import { joinFleet } from './fleet.ts';

it('opens the circuit of every process when half of them have opened', async () => {
  const server = await startRedis();
  const first = await joinFleet(server.url);
  const second = await joinFleet(server.url);
  onTestFinished(async () => {
    await Promise.all([first.leave(), second.leave()]);
    await server.stop();
  });
  const opened = new Promise<void>((resolve) => {
    second.breaker.on('stateChange', ({ newState }) => {
      if (newState === 'OPEN') resolve();
    });
  });

  const fail = () => Promise.reject(new Error('down'));
  for (let n = 0; n < 3; n += 1) await first.breaker.executeOutcome(fail);

  await opened;
  expect([first.breaker.state, second.breaker.state]).toEqual(['OPEN', 'OPEN']);
});
