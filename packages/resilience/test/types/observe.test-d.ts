import { observe, type CircuitState, type EventType, type PolicyEvent } from '@highway/resilience';
import { describe, expectTypeOf, it } from 'vitest';

describe('an observer', () => {
  it('gets the types asked for, also where the listener says nothing of them', () => {
    observe(
      (event) => {
        expectTypeOf(event).toEqualTypeOf<PolicyEvent<'stateChange'>>();
        expectTypeOf(event.newState).toEqualTypeOf<CircuitState>();
      },
      { types: ['stateChange'] },
    );
    observe(
      (event) => {
        expectTypeOf(event.type).toEqualTypeOf<'retry' | 'timeout'>();
      },
      { types: ['retry', 'timeout'] },
    );
  });

  it('gets the error or the value that a retry or a fallback replaces', () => {
    observe(
      ({ error, value }) => {
        expectTypeOf(error).toEqualTypeOf<unknown>();
        expectTypeOf(value).toEqualTypeOf<unknown>();
      },
      { types: ['failure', 'retry', 'fallback'] },
    );
  });

  it('gets all where no types are given, or may be missing', () => {
    const listener = (event: PolicyEvent): void => {
      expectTypeOf(event.type).toEqualTypeOf<EventType>();
    };
    observe(listener);
    observe(listener, {});
    observe(listener, { types: [] as EventType[] | undefined });
  });
});
