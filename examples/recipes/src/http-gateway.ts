// An HTTP gateway that answers 503 at once while its service is down. `npm run http-gateway`
import { createServer } from 'node:http';
import {
  BulkheadPolicy,
  CircuitBreakerPolicy,
  Failsafe,
  isRejection,
  TimeoutPolicy,
} from '@highway/resilience';

const breaker = new CircuitBreakerPolicy({ name: 'upstream', failureThreshold: '5/10' });
const limit = new BulkheadPolicy({ maxConcurrent: 100, maxQueued: 50 });
const policy = new Failsafe({ policies: [breaker, limit, new TimeoutPolicy({ timeout: '2s' })] });

export const createGateway = (upstream: string) =>
  createServer((request, response) => {
    const call = policy.execute(async ({ signal }) => {
      const answer = await fetch(new URL(request.url ?? '/', upstream), { signal });
      if (answer.status >= 500) throw new Error(`HTTP ${answer.status}`);
      return { status: answer.status, body: await answer.text() };
    });
    call.then(
      ({ status, body }) => response.writeHead(status).end(body),
      (error: unknown) => response.writeHead(isRejection(error) ? 503 : 502).end(),
    );
  });

if (import.meta.filename === process.argv[1]) {
  createGateway(process.env['UPSTREAM'] ?? 'http://127.0.0.1:3000').listen(8080);
}
