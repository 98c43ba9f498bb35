import { describe, expect, it } from 'vitest';
import { CompensationError, isWorkflowError, JoinError, ParkExpiredError } from '../errors.ts';
import { storeError } from './stored-error.ts';

const journey = (thrown: unknown): unknown => storeError(thrown).open();

const failWith = (code: string): Error => Object.assign(new TypeError(code), { code });

describe('an error that was on record', () => {
  it('has its name, message, code and cause, but not its class', () => {
    const cause = failWith('E_INNER');
    const error = Object.assign(new RangeError('no', { cause }), { code: 'E', at: new Date(1) });
    const again = journey(error);
    expect(again).not.toBeInstanceOf(RangeError);
    expect(again).toMatchObject({
      name: 'RangeError',
      message: 'no',
      code: 'E',
      at: new Date(1),
      cause: { name: 'TypeError', message: 'E_INNER', code: 'E_INNER' },
    });
  });

  it('has the codes of what failed with it, in its place', () => {
    const expired = new ParkExpiredError('undo/pay', 'bank', 5);
    const undone = journey(
      new CompensationError([{ step: 'pay', error: expired }], failWith('E_FIRST')),
    ) as CompensationError;
    expect(isWorkflowError(undone.failures[0]?.error, 'ERR_PARK_EXPIRED')).toBe(true);
    expect(undone.failures[0]).toMatchObject({ step: 'pay', error: { circuit: 'bank' } });
    const joined = journey(new JoinError('notify', 2, { mail: failWith('E_MAIL') })) as JoinError;
    expect(joined.errors['mail']).toMatchObject({ name: 'TypeError', code: 'E_MAIL' });
    expect(joined.errors['mail']).toBeInstanceOf(Error);
  });

  it('has the errors of which it is made', () => {
    const all = journey(new AggregateError([failWith('E_1'), 'two'], 'all')) as AggregateError;
    expect(all.errors).toMatchObject([{ code: 'E_1' }, 'two']);
  });

  it.each([['boom'], [undefined], [null], [{ status: 503 }]])(
    'is what was thrown where that was none: %j',
    (thrown) => {
      expect(journey(thrown)).toEqual(thrown);
    },
  );

  it('can always be taken down', () => {
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
    expect(journey(trap)).toMatchObject({ message: '[object Object]' });
    expect(journey({ toString: null, close: () => 1 })).toMatchObject({ name: 'Error' });
    expect(journey(strange)).toMatchObject({ keep: 1 });
    expect(journey(strange)).not.toHaveProperty('socket');
    expect(journey(self)).toMatchObject({ message: 'self', cause: { message: 'self' } });
    expect(storeError(self).text.length).toBeLessThan(10_000);
  });
});
