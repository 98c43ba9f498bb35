import { once } from 'node:events';
import { createServer } from 'node:net';

export const localHost = '127.0.0.1';

// Below the range of ports for outgoing connections: with one of those, a client that keeps trying to
// reach a stopped server could connect to itself.
const lowest = 10_240;
const highest = 32_767;

/** A free port of this machine, at least until another process takes it. */
export async function freePort(): Promise<number> {
  for (let turn = 0; turn < 100; turn += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
    if (await isFree(port)) return port;
  }
  throw new Error(`found no free port between ${lowest} and ${highest}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, localHost);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

export function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return;
  throw new RangeError(`port must be an integer from 1 to 65535, but is ${String(port)}`);
}
