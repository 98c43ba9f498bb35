import type { CircuitState } from '@highway/resilience';
import type { RunStatus } from '@highway/workflow';
import type { WorkerKind, WorkerStatus } from '../messages.ts';
import type { BankAnswer, BankCall } from '../services/bank-life.ts';
import type { LedgerEntry } from '../services/ledger.ts';

/** A worker came up, or was killed; in ms since the drill began. */
export interface WorkerChange {
  readonly at: number;
  readonly state: 'up' | 'killed';
}

/** What happened in one second. */
export interface SecondFigures {
  /** Calls to the payment service, by its answer. */
  readonly calls: Readonly<Record<BankAnswer, number>>;
  /** Where the runs stood at its end, as the worker told it last. */
  readonly statuses: Readonly<Partial<Record<RunStatus, number>>>;
  /** How many runs were parked on each circuit. */
  readonly circuits: Readonly<Record<string, number>>;
  /** The states of the payment service's circuit, in their order. */
  readonly states: readonly CircuitState[];
  /** Whether a worker was there at its end. */
  readonly workerUp: boolean;
}

interface Second {
  readonly calls: Record<BankAnswer, number>;
  status: WorkerStatus | undefined;
  readonly states: CircuitState[];
}

const endings: readonly RunStatus[] = ['done', 'failed', 'compensated', 'cancelled'];

/** What is known of one side of the drill. */
export class SideTally {
  readonly kind: WorkerKind;
  readonly title: string;
  readonly summary: string;
  readonly calls: BankCall[] = [];
  readonly entries: LedgerEntry[] = [];
  readonly workerChanges: WorkerChange[] = [];
  readonly #seconds: Second[] = [];
  #last: WorkerStatus | undefined = undefined;

  constructor(kind: WorkerKind, title: string, summary: string) {
    this.kind = kind;
    this.title = title;
    this.summary = summary;
  }

  /** How many runs have come to their end. */
  get ended(): number {
    return endings.reduce((sum, status) => sum + (this.#last?.statuses[status] ?? 0), 0);
  }

  /** How often the worker was killed. */
  get kills(): number {
    return this.workerChanges.filter(({ state }) => state === 'killed').length;
  }

  addNews(calls: readonly BankCall[], entries: readonly LedgerEntry[]): void {
    for (const call of calls) {
      this.calls.push(call);
      this.#second(call.at).calls[call.answer] += 1;
    }
    this.entries.push(...entries);
  }

  addStatus(status: WorkerStatus, at: number): void {
    const second = this.#second(at);
    this.#last = status;
    second.status = status;
    const { circuit } = status;
    if (circuit !== undefined && second.states.at(-1) !== circuit) second.states.push(circuit);
  }

  addWorkerChange(change: WorkerChange): void {
    this.workerChanges.push(change);
  }

  /** What happened in a second, from 0. */
  second(index: number): SecondFigures {
    const { calls, states } = this.#second(index * 1000);
    const seconds = this.#seconds.slice(0, index + 1);
    const told = seconds.reverse().find(({ status }) => status !== undefined);
    const last = told?.status?.circuit;
    const change = this.workerChanges.filter(({ at }) => at < (index + 1) * 1000).at(-1);
    return {
      calls,
      // Where nothing was told in this second, the circuit is as it was last.
      states: states.length === 0 && last !== undefined ? [last] : states,
      statuses: told?.status?.statuses ?? {},
      circuits: told?.status?.circuits ?? {},
      workerUp: change?.state === 'up',
    };
  }

  #second(at: number): Second {
    const index = Math.max(0, Math.floor(at / 1000));
    while (this.#seconds.length <= index) {
      this.#seconds.push({
        calls: { ok: 0, down: 0, overloaded: 0 },
        status: undefined,
        states: [],
      });
    }
    return this.#seconds[index]!;
  }
}
