import { retriablePostgresException } from '@dbos-inc/dbos-sdk/internal/system_database';
import { describe, expect, it } from 'vitest';
import {
  isDatabaseFailure,
  isTransient,
  sqlStateOf,
  unwrapFromDbos,
  wrapForDbos,
} from './database-errors.ts';

const errorWith = (code: string): Error => Object.assign(new Error('failed'), { code });

describe('an error of the database', () => {
  it.each(['57014', '25006', '40001', '55P03', '42501', '53100', '08006', '57P01', '58030'])(
    'with the code %s makes DBOS repeat its transaction',
    (code) => {
      const error = errorWith(code);
      expect(retriablePostgresException(wrapForDbos(error))).toBe(true);
      expect(unwrapFromDbos(wrapForDbos(error))).toBe(error);
      expect(isDatabaseFailure(error)).toBe(true);
    },
  );

  it.each(['23505', '22P05', '42P01', '54000'])(
    'with the code %s is passed on unchanged, since it is permanent',
    (code) => {
      const error = errorWith(code);
      expect(wrapForDbos(error)).toBe(error);
      expect(retriablePostgresException(wrapForDbos(error))).toBe(false);
      expect(isDatabaseFailure(error)).toBe(true);
    },
  );

  it('without a code is transient, unless it is a bug', () => {
    expect(isTransient(new Error('Connection terminated'))).toBe(true);
    expect(isTransient(errorWith('EPIPE'))).toBe(true);
    expect(sqlStateOf(errorWith('EPIPE'))).toBeUndefined();
    expect(isTransient(new TypeError('x is not a function'))).toBe(false);
  });

  it('is distinguished from errors of other origin', () => {
    expect(isDatabaseFailure(errorWith('57014'))).toBe(false);
    expect(isDatabaseFailure('57014')).toBe(false);
  });
});
