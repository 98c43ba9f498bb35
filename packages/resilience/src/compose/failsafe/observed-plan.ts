import type { Channel } from '../../events.ts';
import type { Call } from '../../pipeline/call.ts';
import { isCancelled } from '../../pipeline/cancelled.ts';
import type { Scope } from '../../pipeline/scope.ts';
import type { Plan } from '../../pipeline/stage.ts';

/** Emits the outcomes of whole calls. While nobody listens, it costs one check per call. */
export class ObservedPlan implements Plan {
  readonly #inner: Plan;
  readonly #channel: Channel;

  constructor(inner: Plan, channel: Channel) {
    this.#inner = inner;
    this.#channel = channel;
  }

  run(call: Call, scope: Scope | undefined, attempt: number): Promise<unknown> {
    if (!this.#channel.active) return this.#inner.run(call, scope, attempt);
    const startedAt = this.#channel.clock.now();
    return this.#inner.run(call, scope, attempt).then(
      (value) => {
        this.#channel.ended(attempt, startedAt, undefined, call);
        return value;
      },
      (error: unknown) => {
        if (!isCancelled(scope)) this.#channel.ended(attempt, startedAt, { error }, call);
        throw error;
      },
    );
  }

  runSync(call: Call, attempt: number): unknown {
    if (!this.#channel.active) return this.#inner.runSync(call, attempt);
    const startedAt = this.#channel.clock.now();
    let value: unknown;
    try {
      value = this.#inner.runSync(call, attempt);
    } catch (error) {
      this.#channel.ended(attempt, startedAt, { error }, call);
      throw error;
    }
    this.#channel.ended(attempt, startedAt, undefined, call);
    return value;
  }
}
