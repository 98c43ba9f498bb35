import { startPostgres } from '@highway/servers';
import { expect, it, onTestFinished, vi } from 'vitest';

it('pays small orders at once, and large ones once they are approved', async () => {
  const server = await startPostgres();
  vi.stubEnv('DATABASE_URL', server.url);
  const { app, approve } = await import('./approvals.ts');
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await app.close();
    await server.stop();
  });

  const order = async (id: string, cents: number) => {
    const answer = await app.inject({ method: 'POST', url: '/orders', payload: { id, cents } });
    expect(answer.statusCode).toBe(202);
  };
  const decide = (id: string, decision: string) =>
    app.inject({
      method: 'POST',
      url: `/orders/${id}/decision`,
      headers: { 'content-type': 'text/plain' },
      payload: decision,
    });
  // The same id is the same run, so this starts nothing.
  const resultOf = async (id: string) => (await approve.start({ id, cents: 0 }, { id })).result();

  await order('small', 500);
  await order('large', 500_00);
  await order('huge', 5000_00);
  await decide('large', 'approved');
  await decide('huge', 'declined');

  expect(await resultOf('small')).toBe('paid small, key small:pay');
  expect(await resultOf('large')).toBe('paid large, key large:pay');
  expect(await resultOf('huge')).toBe('declined');
  const shown = await app.inject('/orders/huge');
  expect(shown.json()).toMatchObject({ id: 'huge', status: 'done' });
});
