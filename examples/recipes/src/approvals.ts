// Orders that wait for approval: a durable workflow with a signal, behind Fastify. `npm run approvals`
import Fastify from 'fastify';
import { Highway } from '@highway/workflow';

type Order = { id: string; cents: number };
type OfOrder = { Params: { id: string } };

const databaseUrl = process.env['DATABASE_URL']; // without one, Postgres is embedded
const highway = new Highway({ name: 'approvals', databaseUrl });
export const approve = highway.workflow('approve', async ({ id, cents }: Order, ctx) => {
  const decision = cents < 100_00 ? 'approved' : await ctx.waitFor('decision', { timeout: '2d' });
  if (decision !== 'approved') return 'declined';
  return ctx.step('pay', ({ idempotencyKey }) => `paid ${id}, key ${idempotencyKey}`);
});

export const app = Fastify();
app.addHook('onReady', () => highway.start()).addHook('onClose', () => highway.stop());
app.get<OfOrder>('/orders/:id', ({ params }) => highway.runs.describe(params.id));
app.post<{ Body: Order }>('/orders', async ({ body }, reply) => {
  await approve.start(body, { id: body.id });
  return reply.code(202).send({ id: body.id });
});
app.post<OfOrder & { Body: string }>('/orders/:id/decision', async ({ params, body }) => {
  await highway.runs.signal(params.id, 'decision', body);
  return params;
});

if (import.meta.filename === process.argv[1]) {
  console.log(`listening on ${await app.listen({ port: 8080 })}`);
}
