import { describe, expect, it } from 'vitest';
import { CompensationError, isWorkflowError, JoinError, ParkExpiredError } from '../../errors.ts';
import { storeError } from './stored-error.ts';

const roundTrip = (thrown: unknown): unknown => storeError(thrown).decode();

const failWith = (code: string): Error => Object.assign(new TypeError(code), { code });

describe('an error that is restored from the journal', () => {
  it('keeps its name, message, code and cause, but not its class', () => {
    const cause = failWith('E_INNER');
    const error = Object.assign(new RangeError('no', { cause }), { code: 'E', at: new Date(1) });
    const again = roundTrip(error);
    expect(again).not.toBeInstanceOf(RangeError);
    expect(again).toMatchObject({
      name: 'RangeError',
      message: 'no',
      code: 'E',
      at: new Date(1),
      cause: { name: 'TypeError', message: 'E_INNER', code: 'E_INNER' },
    });
  });

  it('keeps the errors that it contains, with their codes', () => {
    const expired = new ParkExpiredError('compensate/pay', 'bank', 5);
    const compensated = roundTrip(
      new CompensationError([{ step: 'pay', error: expired }], failWith('E_FIRST')),
    ) as CompensationError;
    expect(isWorkflowError(compensated.failures[0]?.error, 'ERR_PARK_EXPIRED')).toBe(true);
    expect(compensated.failures[0]).toMatchObject({ step: 'pay', error: { circuit: 'bank' } });
    const joined = roundTrip(new JoinError('notify', 2, { mail: failWith('E_MAIL') })) as JoinError;
    expect(joined.errors['mail']).toMatchObject({ name: 'TypeError', code: 'E_MAIL' });
    expect(joined.errors['mail']).toBeInstanceOf(Error);
  });

  it('keeps the errors of an AggregateError', () => {
    const all = roundTrip(new AggregateError([failWith('E_1'), 'two'], 'all')) as AggregateError;
    expect(all.errors).toMatchObject([{ code: 'E_1' }, 'two']);
  });

  it.each([['boom'], [undefined], [null], [{ status: 503 }]])(
    'keeps a thrown value that is not an error: %j',
    (thrown) => {
      expect(roundTrip(thrown)).toEqual(thrown);
    },
  );

  it('can always be stored, whatever it contains', () => {
    const bare: unknown = Object.create(null);
    const strange = Object.assign(new Error('x'), { socket: new Map([[1, () => 1]]), keep: 1 });
    Object.defineProperty(strange, 'trap', {
      enumerable: true,
      get: () => {
        throw new Error('trapped');
      },
    });
    Object.defineProperty(strange, 'message', { value: bare });
    const self = new Error('self');
    self.cause = self;
    Object.assign(self, { errors: [self], data: { self } });
    const trap = {
      get x(): never {
        throw new Error('trapped');
      },
    };
    expect(roundTrip(trap)).toMatchObject({ message: '[object Object]' });
    expect(roundTrip({ toString: null, close: () => 1 })).toMatchObject({ name: 'Error' });
    expect(roundTrip(strange)).toMatchObject({ keep: 1 });
    expect(roundTrip(strange)).not.toHaveProperty('socket');
    expect(roundTrip(self)).toMatchObject({ message: 'self', cause: { message: 'self' } });
    expect(storeError(self).text.length).toBeLessThan(10_000);
  });
});
