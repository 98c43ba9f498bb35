// An HTTP gateway: passes requests on to a service, and answers 503 at once while that is down.
// `UPSTREAM=http://127.0.0.1:3000 npm run http-gateway`
import { createServer, type Server } from 'node:http';
import {
  BulkheadPolicy,
  CircuitBreakerPolicy,
  Failsafe,
  isRejection,
  TimeoutPolicy,
} from '@highway/resilience';

export function createGateway(upstream: string): Server {
  const policy = new Failsafe({
    policies: [
      new CircuitBreakerPolicy({ name: 'upstream', failureThreshold: '5/10', cooldown: '10s' }),
      new BulkheadPolicy({ maxConcurrent: 100, maxQueued: 50 }),
      new TimeoutPolicy({ timeout: '2s' }),
    ],
  });
  const forward = policy.withContext(async ({ signal }, path: string) => {
    const answer = await fetch(new URL(path, upstream), { signal });
    if (answer.status >= 500) throw new Error(`HTTP ${answer.status}`);
    return { status: answer.status, body: await answer.text() };
  });
  return createServer((request, response) => {
    forward(request.url ?? '/').then(
      ({ status, body }) => response.writeHead(status).end(body),
      (error: unknown) => response.writeHead(isRejection(error) ? 503 : 502).end(),
    );
  });
}

if (import.meta.filename === process.argv[1]) {
  createGateway(process.env['UPSTREAM'] ?? 'http://127.0.0.1:3000').listen(8080, () => {
    console.log('listening on port 8080');
  });
}
