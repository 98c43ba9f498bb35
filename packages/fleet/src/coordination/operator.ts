import type { CircuitMessage, Command } from '../store.ts';

/** The message of an operator, who is not a member and has no outcomes. */
export function operatorMessage(circuit: string, command: Command): CircuitMessage {
  return {
    circuit,
    member: '',
    ttl: 0,
    version: { generation: '', epoch: 0 },
    open: false,
    successes: 0,
    failures: 0,
    ackedSuccesses: 0,
    ackedFailures: 0,
    span: 0,
    settled: [],
    begun: [],
    trialTimeout: 1000,
    leaseTime: 1000,
    rule: { calls: 1, closeAt: 1, openAt: 1, concurrent: 1 },
    command,
    want: 0,
  };
}
