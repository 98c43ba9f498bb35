import { retriablePostgresException } from '@dbos-inc/dbos-sdk/internal/system_database';
import { describe, expect, it } from 'vitest';
import { forDbos, fromDbos, isDatabaseFailure, mayPass, sqlStateOf } from './database-errors.ts';

const refused = (code: string): Error => Object.assign(new Error('refused'), { code });

describe('an error of the database', () => {
  it.each(['57014', '25006', '40001', '55P03', '42501', '53100', '08006', '57P01', '58030'])(
    'with the code %s has DBOS do its transaction again',
    (code) => {
      const error = refused(code);
      expect(retriablePostgresException(forDbos(error))).toBe(true);
      expect(fromDbos(forDbos(error))).toBe(error);
      expect(isDatabaseFailure(error)).toBe(true);
    },
  );

  it.each(['23505', '22P05', '42P01', '54000'])(
    'with the code %s is passed on, since it would come again',
    (code) => {
      const error = refused(code);
      expect(forDbos(error)).toBe(error);
      expect(retriablePostgresException(forDbos(error))).toBe(false);
      expect(isDatabaseFailure(error)).toBe(true);
    },
  );

  it('without a code is one of the connection, unless it is a mistake', () => {
    expect(mayPass(new Error('Connection terminated'))).toBe(true);
    expect(mayPass(refused('EPIPE'))).toBe(true);
    expect(sqlStateOf(refused('EPIPE'))).toBeUndefined();
    expect(mayPass(new TypeError('x is not a function'))).toBe(false);
  });

  it('is told from what others throw', () => {
    expect(isDatabaseFailure(refused('57014'))).toBe(false);
    expect(isDatabaseFailure('57014')).toBe(false);
  });
});
