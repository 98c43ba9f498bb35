import { expect, expectTypeOf, it, vi } from 'vitest';
import {
  FleetError,
  isFleetError,
  MalformedStateError,
  NoticesLostError,
  StoreTimeoutError,
} from './errors.ts';
import type { FleetErrorCode } from './errors.ts';
import { DamagedCircuitsError } from './support/damaged-circuits.ts';
import { migrate, PostgresSchemaError } from './postgres/migrate.ts';
import { NotConnectedError } from './redis/connection.ts';
import { withoutSecrets } from './support/safe-error.ts';
import { StoreContractError } from './testing/assertions.ts';
import { TimeLimit } from './support/time-limit.ts';

const cause = new Error('network');

it.each<[FleetError, string, FleetErrorCode]>([
  [new MalformedStateError('bad'), 'MalformedStateError', 'ERR_FLEET_MALFORMED'],
  [new DamagedCircuitsError([]), 'DamagedCircuitsError', 'ERR_FLEET_MALFORMED'],
  [new NoticesLostError('lost'), 'NoticesLostError', 'ERR_FLEET_NOTICES_LOST'],
  [new StoreTimeoutError(100), 'StoreTimeoutError', 'ERR_FLEET_STORE_TIMEOUT'],
  [new NotConnectedError(), 'NotConnectedError', 'ERR_FLEET_NOT_CONNECTED'],
  [new PostgresSchemaError('old'), 'PostgresSchemaError', 'ERR_FLEET_SCHEMA'],
  [new StoreContractError('wrong'), 'StoreContractError', 'ERR_FLEET_STORE_CONTRACT'],
])('%s is a FleetError named %s with the code %s', (error, name, code) => {
  expect(error).toBeInstanceOf(FleetError);
  expect(error).toMatchObject({ name, code });
  expect(String(error)).toMatch(new RegExp(`^${name}: `));
  expect(error.stack).toContain(error.message);
  expect(isFleetError(error)).toBe(true);
  expect(isFleetError(error, code)).toBe(true);
  expect(isFleetError(error, 'ERR_FLEET_LEFT')).toBe(false);
});

it('carries its cause and circuit only when they are given', () => {
  const options = { cause, circuit: 'payments' };
  expect(new FleetError('ERR_FLEET_BREAKER', 'no', options)).toMatchObject(options);
  expect(Object.keys(new FleetError('ERR_FLEET_LEFT', 'left'))).toEqual(['code']);
  expect(new FleetError('ERR_FLEET_LEFT', 'left')).not.toHaveProperty('cause');
});

it('recognizes the errors of another copy of the package', async () => {
  vi.resetModules();
  const other = await import('./errors.ts');
  const error = new other.MalformedStateError('bad', { circuit: 'payments' });
  expect(error).not.toBeInstanceOf(FleetError);
  expect(isFleetError(error, 'ERR_FLEET_MALFORMED')).toBe(true);
});

it('recognizes an error that lost its secrets on the way', () => {
  const unsafe = Object.assign(new Error('refused'), { command: { args: ['s3cret'] } });
  const error = new FleetError('ERR_FLEET_BREAKER', 'no', { cause: unsafe, circuit: 'payments' });
  const safe = withoutSecrets(error);
  expect(safe).not.toBe(error);
  expect(safe).toMatchObject({ name: 'FleetError', circuit: 'payments' });
  expect(isFleetError(safe, 'ERR_FLEET_BREAKER')).toBe(true);
});

it('recognizes no other value, whatever it does when somebody looks at it', () => {
  const hostile = new Proxy(new Error('x'), {
    has: () => {
      throw new Error('no');
    },
  });
  const lookalike = Object.assign(new Error('x'), { code: 'ERR_FLEET_LEFT' });
  for (const value of [undefined, null, 'x', 1, {}, cause, lookalike, hostile]) {
    expect(isFleetError(value)).toBe(false);
  }
});

it('rejects a schema that is missing with its code', async () => {
  const client = { query: () => Promise.resolve({ rows: [] }) } as never;
  const clock = { now: () => 0, setTimeout: () => 0, clearTimeout: () => undefined };
  const limit = new TimeLimit(clock, 100);
  const migrations = [{ version: 1, name: 'tables', checksum: 'x', sql: 'SELECT 1' }];
  const rules = { schema: 'app', migrate: false, migrations, limit, migrationLimit: limit };
  const failure: unknown = await migrate(client, rules).catch((error: unknown) => error);
  expect(isFleetError(failure, 'ERR_FLEET_SCHEMA')).toBe(true);
});

it('gives its code a type that lists every code', () => {
  expectTypeOf<FleetError['code']>().toEqualTypeOf<FleetErrorCode>();
});
