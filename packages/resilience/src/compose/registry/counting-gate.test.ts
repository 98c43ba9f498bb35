import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy } from '../../policies/circuit-breaker/index.ts';
import { anonymousAttempt } from '../../pipeline/permit.ts';
import { Rejection } from '../../pipeline/rejection.ts';
import type { Gate } from '../../pipeline/stage.ts';
import { stage } from '../../policy.ts';
import { CountingGate } from './counting-gate.ts';

function make() {
  const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/2' });
  const inner = breaker[stage];
  return { breaker, inner, gate: new CountingGate(inner) };
}

describe('a gate that counts', () => {
  it('counts attempts with a ticket until they are settled in any way', () => {
    for (const settle of [
      (gate: Gate, ticket: unknown) => gate.succeeded(ticket, 1),
      (gate: Gate, ticket: unknown) => gate.failed(ticket, 'error'),
      (gate: Gate, ticket: unknown) => gate.abandoned(ticket, 'reason'),
      (gate: Gate, ticket: unknown) => gate.released(ticket),
    ]) {
      const { gate } = make();
      const ticket = gate.enter(anonymousAttempt);
      gate.enter(anonymousAttempt);
      expect(gate.inFlight).toBe(2);
      settle(gate, ticket);
      expect(gate.inFlight).toBe(1);
    }
  });

  it('passes outcomes on', () => {
    const { breaker, gate } = make();
    gate.succeeded(gate.enter(anonymousAttempt), 1);
    expect([...breaker.history]).toEqual([true]);
    gate.failed(gate.enter(anonymousAttempt), 'error');
    expect(breaker.state).toBe('OPEN');
  });

  it('counts no attempt that is rejected', () => {
    const { breaker, gate } = make();
    breaker.open();
    expect(gate.enter(anonymousAttempt)).toBeInstanceOf(Rejection);
    expect(gate.lane(false)).toBeUndefined();
    expect(gate.inFlight).toBe(0);
  });

  it('counts attempts in the lane, and makes one lane for each of the wrapped gate', () => {
    const { breaker, gate } = make();
    const lane = gate.lane(false)!;
    expect(gate.lane(false)).toBe(lane);
    expect(gate.inFlight).toBe(2);
    expect(lane.value('fine')).toBe('fine');
    expect(lane.failed('error')).toBe('error');
    expect(gate.inFlight).toBe(0);
    expect(breaker.state).toBe('OPEN');
    breaker.close();
    const next = gate.lane(false)!;
    expect(next).not.toBe(lane);
    expect(() => next.error(new Error('boom'))).toThrow('boom');
    expect(gate.inFlight).toBe(0);
    expect(breaker.state).toBe('OPEN');
  });

  it('still counts an attempt that the wrapped gate keeps after its caller has gone', () => {
    const { inner } = make();
    const gate = new CountingGate({
      ...inner,
      kind: 'gate',
      interrupts: true,
      enter: () => 1,
      abandoned: () => false,
      released: () => {},
    });
    expect(gate.interrupts).toBe(true);
    const ticket = gate.enter(anonymousAttempt);
    expect(gate.abandoned(ticket, 'reason')).toBe(false);
    expect(gate.inFlight).toBe(1);
    gate.released(ticket);
    expect(gate.inFlight).toBe(0);
  });

  it('has no lane if the wrapped gate has none', () => {
    const gate = new CountingGate({ kind: 'gate', interrupts: false } as Gate);
    expect(gate.lane(false)).toBeUndefined();
    expect(gate.inFlight).toBe(0);
  });
});
