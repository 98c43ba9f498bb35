import type { Redis } from 'ioredis';

/** What a Redis server has done since it started, by its own count. */
export interface RedisStats {
  /** Commands by their names, those that scripts run among them. */
  readonly calls: ReadonlyMap<string, number>;
  /** How often it read from a connection: commands that come together are read at once. */
  readonly reads: number;
  /** How long scripts have kept it busy, in µs. */
  readonly scriptTime: number;
  /** The CPU time of the server, in ms. */
  readonly cpuMs: number;
  /** Bytes that came in and went out. */
  readonly bytes: number;
  /** Bytes of the answer itself, which are not counted yet. */
  readonly answerBytes: number;
}

/** Asks for the counts. */
export async function readStats(client: Redis): Promise<RedisStats> {
  const text = await client.info('everything');
  const calls = new Map<string, number>();
  let scriptTime = 0;
  for (const [, name = '', count, time] of text.matchAll(
    /^cmdstat_(\S+?):calls=(\d+),usec=(\d+)/gm,
  )) {
    if (name === 'info') continue;
    calls.set(name, Number(count));
    if (isScript(name)) scriptTime += Number(time);
  }
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1] ?? Number.NaN);
  const bytes = field('total_net_input_bytes') + field('total_net_output_bytes');
  const reads = field('total_reads_processed');
  const cpuMs = 1000 * (field('used_cpu_user') + field('used_cpu_sys'));
  return { calls, reads, cpuMs, scriptTime, bytes, answerBytes: Buffer.byteLength(text) };
}

/** What happened between two readings; reading is left out. */
export interface StatsChange {
  /** Scripts that were called. */
  readonly scripts: number;
  /** All commands, those that scripts ran among them. */
  readonly commands: number;
  readonly reads: number;
  readonly scriptTime: number;
  readonly cpuMs: number;
  readonly bytes: number;
}

export function changeOf(before: RedisStats, after: RedisStats): StatsChange {
  let scripts = 0;
  let commands = 0;
  for (const [name, count] of after.calls) {
    const more = count - (before.calls.get(name) ?? 0);
    commands += more;
    if (isScript(name)) scripts += more;
  }
  return {
    scripts,
    commands,
    // The second question was read, too.
    reads: after.reads - before.reads - 1,
    scriptTime: after.scriptTime - before.scriptTime,
    cpuMs: after.cpuMs - before.cpuMs,
    bytes: after.bytes - before.bytes - before.answerBytes,
  };
}

function isScript(command: string): boolean {
  return /^(eval|fcall)/.test(command);
}
