import type { CallsReport } from '../messages.ts';
import type { CallRecord, CircuitChange, RequestRecord } from './records.ts';
import { spreadOf } from './percentile.ts';
import type { Spread } from './percentile.ts';

/** What happened in one second of the drill. */
export interface SecondFigures extends Spread {
  readonly second: number;
  /** Calls that ended in this second; the percentiles are of their durations. */
  readonly succeeded: number;
  readonly failed: number;
  /** Requests that reached the service. */
  readonly requests: number;
  /** The states of the circuit in this second, in order; empty without a circuit. */
  readonly states: readonly string[];
}

/** The names of a group, and whether it has a circuit breaker. */
export interface GroupDescription {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly hasCircuit: boolean;
}

/** What a group reported so far. */
export class GroupTally implements GroupDescription {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly hasCircuit: boolean;
  readonly calls: CallRecord[] = [];
  readonly requests: RequestRecord[] = [];
  readonly circuit: CircuitChange[] = [];
  /** How often the group's service relapsed under load. */
  relapses = 0;
  readonly #ended: CallRecord[][];
  readonly #requestCounts: number[];

  constructor(group: GroupDescription, seconds: number) {
    this.name = group.name;
    this.title = group.title;
    this.summary = group.summary;
    this.hasCircuit = group.hasCircuit;
    const length = Math.ceil(seconds);
    this.#ended = Array.from({ length }, () => []);
    this.#requestCounts = Array.from({ length }, () => 0);
  }

  /** The number of seconds. */
  get seconds(): number {
    return this.#ended.length;
  }

  /** Adds a report of a process of callers. */
  addReport({ calls, requests, circuit }: CallsReport): void {
    this.addCalls(calls);
    this.addRequests(requests);
    this.addChanges(circuit);
  }

  addCalls(calls: readonly CallRecord[]): void {
    for (const call of calls) {
      this.calls.push(call);
      if (call.outcome !== 'unfinished') this.#ended[this.#secondOf(call.endedAt)]!.push(call);
    }
  }

  addRequests(requests: readonly RequestRecord[]): void {
    for (const request of requests) {
      this.requests.push(request);
      this.#requestCounts[this.#secondOf(request.at)]! += 1;
    }
  }

  addChanges(changes: readonly CircuitChange[]): void {
    this.circuit.push(...changes);
  }

  /** The figures of one second, from 0. */
  second(second: number): SecondFigures {
    const calls = this.#ended[second] ?? [];
    const succeeded = calls.filter(({ outcome }) => outcome === 'ok').length;
    return {
      second,
      succeeded,
      failed: calls.length - succeeded,
      requests: this.#requestCounts[second] ?? 0,
      ...spreadOf(calls.map(({ startedAt, endedAt }) => endedAt - startedAt)),
      states: this.hasCircuit ? this.#statesIn(second) : [],
    };
  }

  /** What comes shortly after the end counts for the last second. */
  #secondOf(at: number): number {
    return Math.min(this.seconds - 1, Math.max(0, Math.floor(at / 1000)));
  }

  #statesIn(second: number): string[] {
    const before = this.circuit.filter(({ at }) => this.#secondOf(at) < second);
    const within = this.circuit.filter(({ at }) => this.#secondOf(at) === second);
    return [before.at(-1)?.to ?? 'CLOSED', ...within.map(({ to }) => to)];
  }
}
