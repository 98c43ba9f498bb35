import { Agent, get } from 'node:http';

export type RequestPriority = 'high' | 'normal' | 'low';

/** A request that was sent, and what became of it. */
export interface Sent {
  /** When it should have been sent, in ms since the start: its time counts from there. */
  readonly at: number;
  readonly priority: RequestPriority;
  /** 0 if there was no answer by the end. */
  status: number;
  ms: number;
}

export interface LoadOptions {
  readonly port: number;
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Whether each request has a connection of its own. */
  readonly fresh: boolean;
}

/** Standing connections at most. */
const connections = 300;
/** Answers that take longer than this count as none, in ms. */
const patienceMs = 10_000;

/** The same numbers each time. */
function numbers(): () => number {
  let seed = 1;
  return () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
}

/** Sends requests at random moments, whatever becomes of those before: 20 % high, 40 % normal, 40 % low. */
export async function sendLoad({ port, rate, seconds, fresh }: LoadOptions): Promise<Sent[]> {
  const random = numbers();
  const agent = fresh
    ? new Agent({ keepAlive: false })
    : new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo' });
  const plan: Sent[] = [];
  for (let at = 0; at < seconds * 1_000; at += (-Math.log(1 - random()) * 1_000) / rate) {
    const draw = random();
    const priority = draw < 0.2 ? 'high' : draw < 0.6 ? 'normal' : 'low';
    plan.push({ at, priority, status: 0, ms: 0 });
  }
  const start = performance.now();
  await new Promise<void>((resolve) => {
    let next = 0;
    let open = 0;
    const ended = (): void => {
      if (--open === 0 && next === plan.length) resolve();
    };
    const send = (): void => {
      const now = performance.now() - start;
      for (let sent = plan[next]; sent !== undefined && sent.at <= now; sent = plan[next]) {
        next++;
        open++;
        ask(sent, { port, agent, start }, ended);
      }
      if (next < plan.length) setTimeout(send, 1);
    };
    send();
    setTimeout(resolve, seconds * 1_000 + patienceMs).unref();
  });
  agent.destroy();
  return plan;
}

interface Way {
  readonly port: number;
  readonly agent: Agent;
  readonly start: number;
}

function ask(sent: Sent, { port, agent, start }: Way, ended: () => void): void {
  const headers = { 'x-priority': sent.priority };
  const request = get({ host: '127.0.0.1', port, agent, headers }, (response) => {
    response.resume();
    response.on('end', () => {
      sent.status = response.statusCode ?? 0;
      sent.ms = performance.now() - start - sent.at;
    });
  });
  request.on('error', () => {
    // There was no answer: its status stays 0.
  });
  request.on('close', ended);
}

/** How many requests a second a server answers that always has this many to answer. */
export async function measureCapacity(port: number, seconds: number): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const start = performance.now();
  const until = start + seconds * 1_000;
  let answers = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      await new Promise<void>((resolve, reject) => {
        const request = get({ host: '127.0.0.1', port, agent }, (response) => {
          response.resume();
          response.on('end', resolve);
        });
        request.on('error', reject);
      });
      answers++;
    }
  };
  await Promise.all(Array.from({ length: 20 }, one));
  agent.destroy();
  return (answers * 1_000) / (performance.now() - start);
}
