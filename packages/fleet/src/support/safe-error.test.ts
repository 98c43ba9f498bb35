import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { withoutSecrets } from './safe-error.ts';

const secret = 's3cret';

function errorWith(fields: object, message = 'refused'): Error {
  return Object.assign(new TypeError(message), fields);
}

describe('an error that is passed on', () => {
  it.each([
    ['the arguments of a command', errorWith({ command: { name: 'auth', args: ['app', secret] } })],
    [
      'a URL that could not be read',
      errorWith({ code: 'ERR_INVALID_URL', input: `p://a:${secret}@h` }),
    ],
    ['a URL in its message', errorWith({}, `Invalid URL: postgres://app:${secret}/x@db/app`)],
    ['it in its cause', new Error('down', { cause: errorWith({ input: secret }) })],
    ['it in one of several', new AggregateError([errorWith({ command: secret })], 'all failed')],
  ])('keeps its class, message and code, but not %s', (_, error) => {
    const safe = withoutSecrets(error) as Error & { code?: unknown };
    expect(inspect(error, { depth: 9 })).toContain(secret);
    expect(inspect(safe, { depth: 9, showHidden: true })).not.toContain(secret);
    expect(safe).toBeInstanceOf(error.constructor);
    expect(safe.code).toBe((error as { code?: unknown }).code);
    expect(safe.message.slice(0, 5)).toBe(error.message.slice(0, 5));
  });

  it('stays the same if it holds no secrets', () => {
    const errors = [
      new Error('down'),
      errorWith({ code: 'ECONNREFUSED', address: '127.0.0.1', port: 1 }),
      new Error('down', { cause: new Error('network') }),
    ];
    for (const error of errors) expect(withoutSecrets(error)).toBe(error);
  });

  it('may refer to itself', () => {
    const error = errorWith({ input: secret });
    error.cause = error;
    expect(inspect(withoutSecrets(error), { depth: 20 })).not.toContain(secret);
  });
});
