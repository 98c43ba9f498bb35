function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function throwError(): never {
  throw new RangeError('it can’t be looked at');
}

const trap = new Proxy(
  {},
  {
    get: throwError,
    has: throwError,
    getPrototypeOf: throwError,
    ownKeys: throwError,
    getOwnPropertyDescriptor: throwError,
  },
);

class Unreadable extends Error {
  override get message(): string {
    return throwError();
  }
  override get name(): string {
    return throwError();
  }
  override get cause(): unknown {
    return throwError();
  }
  get retryAfter(): number {
    return throwError();
  }
  get code(): string {
    return throwError();
  }
}

class OddThen {
  get then(): unknown {
    return throwError();
  }
}

/** What can be thrown and returned, and can't be looked at without care. */
export const foreignValues: readonly (readonly [name: string, make: () => unknown])[] = [
  ['a revoked proxy', () => revoked({ message: 'a draft' })],
  ['a revoked proxy of a function', () => revoked(() => {})],
  ['a revoked proxy of an array', () => revoked([])],
  ['a revoked proxy of an error', () => revoked(new Error('gone'))],
  ['a proxy that traps every look', () => trap],
  ['an error whose getters throw', () => new Unreadable()],
  ['an object whose then throws', () => new OddThen()],
  [
    'a getter for every mark of this package',
    () =>
      new Proxy(new Error('marked'), {
        get: (target, key) =>
          typeof key === 'symbol' ? throwError() : (Reflect.get(target, key) as unknown),
      }),
  ],
  ['a waiting time that is none', () => Object.assign(new Error('wait'), { retryAfter: {} })],
  ['an error that is its own cause', () => ownCause()],
  ['an error of no class', () => Object.create(null) as unknown],
  ['a frozen error', () => Object.freeze(new Error('frozen'))],
  ['a symbol', () => Symbol('odd')],
  ['nothing', () => undefined],
  ['null', () => null],
  ['an object that throws when it is disposed', () => undisposable()],
  ['a promise of another making', () => promiseOfOddConstructor()],
];

function ownCause(): Error {
  const error = new Error('circle');
  error.cause = error;
  return error;
}

function undisposable(): unknown {
  return Object.defineProperty(
    {},
    (Symbol as { dispose?: symbol }).dispose ?? Symbol.for('Symbol.dispose'),
    { get: throwError },
  );
}

function promiseOfOddConstructor(): unknown {
  const promise = Promise.resolve('late');
  return Object.defineProperty(promise, 'constructor', { get: throwError });
}
