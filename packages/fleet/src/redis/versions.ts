import type { CircuitMessage, UnchangedReply } from '../store.ts';
import type { KeyCommands } from './key-commands.ts';
import { readTexts } from './read-answers.ts';

/** What a circuit's key `version` says, in the words of exchange.lua. */
interface Known {
  readonly generation: string;
  readonly epoch: number;
  readonly stamp: number;
  readonly members: number;
}

/**
 * Reads what there is of quiet circuits: one plain command for all of them, instead of a script for each.
 * In a cluster each circuit has a slot of its own, and a command too.
 */
export class Versions {
  #isClustered: boolean;

  constructor(isClustered: boolean) {
    this.#isClustered = isClustered;
  }

  /** Reads the keys; each is `undefined` if the server does not have it. */
  async read(
    commands: KeyCommands,
    keys: readonly string[],
  ): Promise<readonly (string | undefined)[]> {
    if (keys.length === 0) return [];
    const all = await this.#atOnce(() => commands.getAll(keys));
    if (all !== undefined) return readTexts(all, keys.length);
    const answers = await Promise.all(keys.map((key) => commands.getAll([key])));
    return answers.map((answer) => readTexts(answer, 1)[0]);
  }

  /** Says for each circuit whether the server, short of memory, has evicted one of its keys. */
  async evicted(
    commands: KeyCommands,
    circuits: readonly (readonly string[])[],
  ): Promise<readonly boolean[]> {
    const keys = circuits.flat();
    if (keys.length === 0) return [];
    const there = await this.#atOnce(() => commands.exists(keys));
    if (there !== undefined && Number(there) === keys.length) return circuits.map(() => false);
    const counts = await Promise.all(circuits.map((own) => commands.exists(own)));
    return circuits.map((own, i) => Number(counts[i]) < own.length);
  }

  /** Asks about keys in many slots; `undefined` if the server does not allow that. */
  async #atOnce(ask: () => Promise<unknown>): Promise<unknown> {
    if (this.#isClustered) return undefined;
    try {
      return await ask();
    } catch (error) {
      if (!isOfCluster(error)) throw error;
      // A cluster behind a proxy, or one that the client does not know as such.
      this.#isClustered = true;
      return undefined;
    }
  }
}

/** The reply that nothing has changed, if that is so. */
export function unchangedReply(
  { circuit, version, quiet }: CircuitMessage,
  text: string | undefined,
): UnchangedReply | undefined {
  const known = text === undefined ? undefined : parse(text);
  if (known === undefined) return undefined;
  const { generation, epoch, stamp, members } = known;
  const same = generation === version.generation && epoch === version.epoch && stamp === quiet;
  return same ? { circuit, version, unchanged: true, members } : undefined;
}

function parse(text: string): Known | undefined {
  const match = /^(\d+) (\d+) (\d+) (.+)$/.exec(text);
  if (match === null) return undefined;
  const [epoch, stamp, members] = match.slice(1, 4).map(Number) as [number, number, number];
  return { epoch, stamp, members, generation: match[4]! };
}

function isOfCluster(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('CROSSSLOT');
}
