import type { CircuitMessage } from '../store.ts';
import type { KeyCommands } from './key-commands.ts';
import { readTexts } from './read-answers.ts';

/** Keys do not expire by the time that a test gives. */
const testLifeMs = 3_600_000;

/**
 * A key for each live process: one plain command in each exchange, however many circuits it is about.
 * The braces put all these keys in one hash slot of a cluster.
 */
export class ProcessMarks {
  readonly #prefix: string;
  readonly #now: (() => number) | undefined;

  constructor(prefix: string, now: (() => number) | undefined) {
    this.#prefix = prefix;
    this.#now = now;
  }

  /** Marks the senders of messages as live, or removes the marks of those that leave. */
  async put(commands: KeyCommands, messages: readonly CircuitMessage[]): Promise<void> {
    const ttls = new Map(messages.map(({ member, ttl }) => [member, ttl]));
    // An operator is not a member.
    ttls.delete('');
    await Promise.all(
      Array.from(ttls, ([member, ttl]) => {
        const key = this.#key(member);
        if (ttl <= 0) return commands.remove(key);
        return this.#now === undefined
          ? commands.put(key, '', ttl)
          : commands.put(key, String(this.#now() + ttl), testLifeMs);
      }),
    );
  }

  /** Those of the members whose process is live. */
  async live(commands: KeyCommands, members: readonly string[]): Promise<ReadonlySet<string>> {
    if (members.length === 0) return new Set();
    const keys = members.map((member) => this.#key(member));
    const marks = readTexts(await commands.getAll(keys), keys.length);
    const isLive = (mark: string | undefined): boolean =>
      mark !== undefined && (this.#now === undefined || Number(mark) > this.#now());
    return new Set(members.filter((_, i) => isLive(marks[i])));
  }

  #key(member: string): string {
    return `${this.#prefix}:process:{processes}:${member}`;
  }
}
