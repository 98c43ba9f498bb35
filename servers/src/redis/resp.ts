// The part of Redis's protocol that starting and stopping a server needs.
import { createConnection } from 'node:net';

/** A server and its password. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly password?: string | undefined;
}

const timeoutMs = 2000;

/** Sends one command on a new connection. Rejects on an error reply, or without a reply. */
export function redisCommand(address: RedisAddress, ...command: string[]): Promise<string> {
  const { host, port, password } = address;
  const commands = password === undefined ? [command] : [['AUTH', password], command];
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, timeout: timeoutMs });
    let received = '';
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      received += String(text);
      const reply = replyAt(received, commands.length - 1);
      if (reply === undefined) return;
      socket.destroy();
      if (reply.startsWith('-')) reject(new Error(reply.slice(1)));
      else resolve(reply.slice(1));
    });
    socket.on('timeout', () => socket.destroy(new Error(`no reply to ${command.join(' ')}`)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`connection closed at ${command.join(' ')}`)));
    socket.write(commands.map(encode).join(''));
  });
}

function encode(command: readonly string[]): string {
  const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
  return `*${command.length}\r\n${parts.join('')}`;
}

/** The reply at an index, starting with its type; `undefined` while it is incomplete. */
function replyAt(received: string, index: number): string | undefined {
  let rest = received;
  for (let skipped = 0; ; skipped += 1) {
    const line = rest.indexOf('\r\n');
    if (line < 0) return undefined;
    const bulk = rest.startsWith('$') ? Number(rest.slice(1, line)) : undefined;
    // These replies are ASCII only, so characters are bytes.
    const end = bulk === undefined ? line : line + 2 + bulk;
    if (rest.length < end + 2) return undefined;
    if (skipped === index)
      return bulk === undefined ? rest.slice(0, end) : `$${rest.slice(line + 2, end)}`;
    rest = rest.slice(end + 2);
  }
}
