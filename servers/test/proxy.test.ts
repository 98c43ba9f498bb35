import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startProxy } from '../src/index.ts';
import type { TcpProxy } from '../src/index.ts';
import { pollUntil } from '../src/machine/poll.ts';

/** A client that collects what it gets. */
class Client {
  received = '';
  closed = false;
  failed = false;
  readonly socket: Socket;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1' });
    this.socket.on('data', (chunk) => (this.received += String(chunk)));
    this.socket.on('error', () => (this.failed = true));
    this.socket.on('close', () => (this.closed = true));
  }

  async until(received: string): Promise<void> {
    await pollUntil(
      `${received}, after ${this.received}`,
      10_000,
      () => this.received === received,
    );
  }

  async untilClosed(): Promise<void> {
    await pollUntil('the connection to close', 10_000, () => this.closed);
  }
}

/** Once the system has taken what was written, the next turns of the event loop read it. */
async function untilRead(...writers: Client[]): Promise<void> {
  await pollUntil('bytes to leave', 10_000, () =>
    writers.every(({ socket }) => socket.bytesWritten > 0 && socket.writableLength === 0),
  );
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
let proxy: TcpProxy;
let clients: Client[] = [];

function client(): Client {
  const made = new Client(proxy.port);
  clients.push(made);
  return made;
}

beforeEach(async () => {
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  proxy = await startProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
});

afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  clients = [];
  await proxy.stop();
  await new Promise((resolve) => echo.close(resolve));
});

describe('startProxy', () => {
  it('passes bytes in both directions, and counts them', async () => {
    const one = client();
    one.socket.write('hello');
    await one.until('hello');
    expect(proxy.connections).toBe(1);
    expect([proxy.bytesIn, proxy.bytesOut]).toEqual([5, 5]);
    one.socket.end();
    await one.untilClosed();
    expect(one.failed).toBe(false);
    await pollUntil('the link to close', 10_000, () => proxy.connections === 0);
  });

  it('passes more bytes than buffers hold', async () => {
    const one = client();
    const size = 20_000_000;
    one.socket.end(Buffer.alloc(size, 'x'));
    await pollUntil('all of it', 20_000, () => one.received.length === size);
    await one.untilClosed();
    expect([proxy.bytesIn, proxy.bytesOut]).toEqual([size, size]);
  });

  it('resets connections and rejects new ones while it is cut', async () => {
    const before = client();
    before.socket.write('hello');
    await before.until('hello');
    await proxy.cut();
    await before.untilClosed();
    expect(before.failed).toBe(true);
    expect(proxy.connections).toBe(0);

    const refused = client();
    await refused.untilClosed();
    expect(refused.failed).toBe(true);

    await proxy.heal();
    const after = client();
    after.socket.write('hello');
    await after.until('hello');
  });

  it('swallows bytes while it is a black hole, and then resets their connections', async () => {
    const talking = client();
    const silent = client();
    for (const one of [talking, silent]) {
      one.socket.write('a');
      await one.until('a');
    }
    await proxy.blackhole();
    const late = client();
    const lateTalking = client();
    talking.socket.write('lost');
    lateTalking.socket.write('lost');
    await once(late.socket, 'connect');
    await pollUntil('all to hang', 10_000, () => proxy.connections === 4);
    expect(proxy.bytesIn).toBe(2);
    expect([talking, silent, late, lateTalking].some((one) => one.closed)).toBe(false);

    await untilRead(talking, lateTalking);
    await proxy.heal();
    await talking.untilClosed();
    await lateTalking.untilClosed();
    for (const one of [silent, late]) {
      const before = one.received;
      one.socket.write('b');
      await one.until(`${before}b`);
    }
  });

  it('hides from each side that the other has left while it is a black hole', async () => {
    const one = client();
    one.socket.write('a');
    await one.until('a');
    await proxy.blackhole();
    one.socket.destroy();
    await one.untilClosed();
    expect(proxy.connections).toBe(1);
    await proxy.heal();
    await pollUntil('the link to close', 10_000, () => proxy.connections === 0);
  });

  it('delays chunks in order, even if the delay becomes shorter', async () => {
    const one = client();
    one.socket.setNoDelay(true);
    one.socket.write('a');
    await one.until('a');
    proxy.delay(60);
    const started = performance.now();
    one.socket.write('b');
    await pollUntil('the chunk to be under way', 10_000, () => one.socket.bytesWritten === 2);
    await one.until('ab');
    // Twice the delay, less what timers round off.
    expect(performance.now() - started).toBeGreaterThan(115);

    one.socket.write('c');
    await pollUntil('the way in', 10_000, () => proxy.bytesIn === 3);
    proxy.delay(0);
    one.socket.end('d');
    await one.until('abcd');
    await one.untilClosed();
    expect(one.failed).toBe(false);
  });

  it('resets a client if there is no server behind it', async () => {
    await using orphan = await startProxy({ host: '127.0.0.1', port: 1 });
    const one = new Client(orphan.port);
    await one.untilClosed();
    expect(one.failed).toBe(true);
    await pollUntil('the link to close', 10_000, () => orphan.connections === 0);
  });

  it('rejects invalid options by name', async () => {
    await expect(startProxy({ host: '127.0.0.1', port: -1 })).rejects.toThrow('port must be');
    expect(() => proxy.delay(-1)).toThrow('ms must be a number of milliseconds from 0');
  });
});
