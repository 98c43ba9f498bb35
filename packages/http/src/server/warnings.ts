import type { Clock } from '@highway/resilience';
import { quietly } from '@highway/resilience/options';
import type { LoadSheddingOptions, ServerWarningDetails } from './options.ts';

/** The same is not said again within this time, in ms. */
const silenceMs = 1_000;

interface Host {
  readonly process?: {
    readonly emitWarning?: (message: string, options: { type: string; code: string }) => void;
  };
}

/** Says that requests are shed, and that `priority` fails: each once a second at most. */
export class Warnings {
  readonly #clock: Clock;
  readonly #onWarning: LoadSheddingOptions['onWarning'];
  readonly #saidAt = { shedding: -Infinity, priority: -Infinity };
  #shed = 0;

  constructor(clock: Clock, onWarning: LoadSheddingOptions['onWarning']) {
    this.#clock = clock;
    this.#onWarning = onWarning;
  }

  shedding(): void {
    this.#shed++;
    if (this.#silent('shedding')) return;
    const shed = this.#shed;
    this.#shed = 0;
    const requests = shed === 1 ? '1 request was' : `${String(shed)} requests were`;
    this.#warn(`The server is overloaded: ${requests} answered with 503`, {
      code: 'HIGHWAY_HTTP_SHEDDING',
      shed,
    });
  }

  priority(error: unknown): void {
    if (this.#silent('priority')) return;
    const why = error instanceof Error ? error.message : String(error);
    this.#warn(`The priority of a request is unknown, so it counts as "normal": ${why}`, {
      code: 'HIGHWAY_HTTP_PRIORITY',
      error,
    });
  }

  #silent(about: 'shedding' | 'priority'): boolean {
    const now = this.#clock.now();
    if (now - this.#saidAt[about] < silenceMs) return true;
    this.#saidAt[about] = now;
    return false;
  }

  #warn(message: string, details: ServerWarningDetails): void {
    if (this.#onWarning !== undefined) {
      quietly(this.#onWarning, message, details);
      return;
    }
    const { code } = details;
    (globalThis as Host).process?.emitWarning?.(message, { type: 'HighwayWarning', code });
  }
}
