import type { CircuitMessage } from '../store.ts';
import { isDamaged } from '../support/damaged-circuits.ts';
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

  /**
   * Marks the senders of messages as live, or removes the marks of those that leave. Returns those that
   * were live before, and stay.
   */
  async put(
    commands: KeyCommands,
    messages: readonly CircuitMessage[],
  ): Promise<ReadonlySet<string>> {
    const ttls = new Map(messages.map(({ member, ttl }) => [member, ttl]));
    // An operator is not a member.
    ttls.delete('');
    const wereLive = await Promise.all(
      Array.from(ttls, async ([member, ttl]) => {
        if (ttl > 0) return this.#mark(commands, member, ttl);
        await commands.remove(this.#key(member));
        return false;
      }),
    );
    return new Set([...ttls.keys()].filter((_, i) => wereLive[i]));
  }

  /** Marks a process; returns whether it was live before. */
  async #mark(commands: KeyCommands, member: string, ttl: number): Promise<boolean> {
    const key = this.#key(member);
    try {
      const before = await (this.#now === undefined
        ? commands.put(key, '', ttl)
        : commands.put(key, String(this.#now() + ttl), testLifeMs));
      return this.#isLive(readTexts([before], 1)[0]);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      // Something else has written there. The next exchange marks the process again.
      await commands.remove(key);
      return false;
    }
  }

  /** Those of the members whose process is live. */
  async live(commands: KeyCommands, members: readonly string[]): Promise<ReadonlySet<string>> {
    if (members.length === 0) return new Set();
    const keys = members.map((member) => this.#key(member));
    const marks = readTexts(await commands.getAll(keys), keys.length);
    return new Set(members.filter((_, i) => this.#isLive(marks[i])));
  }

  #isLive(mark: string | undefined): boolean {
    return mark !== undefined && (this.#now === undefined || Number(mark) > this.#now());
  }

  #key(member: string): string {
    return `${this.#prefix}:process:{processes}:${member}`;
  }
}
