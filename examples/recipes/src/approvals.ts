// Orders that wait for a person: a durable workflow with a signal, behind Fastify. `npm run approvals`
import Fastify from 'fastify';
import { Highway } from '@highway/workflow';

interface Order {
  readonly id: string;
  readonly cents: number;
}

export function createApp(highway: Highway) {
  const approve = highway.workflow('approve', async (order: Order, ctx) => {
    if (order.cents >= 100_00) {
      const answer = await ctx.waitFor('decision', { timeout: '2d' });
      if (answer !== 'approved') return 'declined';
    }
    return ctx.step('pay', ({ idempotencyKey }) => `paid ${order.id}, key ${idempotencyKey}`);
  });

  const app = Fastify();
  app.post<{ Body: Order }>('/orders', async ({ body }, reply) => {
    await approve.start(body, { id: body.id });
    return reply.code(202).send({ id: body.id });
  });
  app.post<{ Params: { id: string }; Body: string }>('/orders/:id/decision', async (request) => {
    await highway.runs.signal(request.params.id, 'decision', request.body);
    return { id: request.params.id };
  });
  app.get<{ Params: { id: string } }>('/orders/:id', ({ params }) =>
    highway.runs.describe(params.id),
  );
  app.addHook('onReady', () => highway.start());
  app.addHook('onClose', () => highway.stop());
  return { app, approve };
}

if (import.meta.filename === process.argv[1]) {
  const databaseUrl = process.env['DATABASE_URL']; // without one, Postgres is embedded
  const { app } = createApp(new Highway({ name: 'approvals', databaseUrl }));
  console.log(`listening on ${await app.listen({ port: 8080 })}`);
}
