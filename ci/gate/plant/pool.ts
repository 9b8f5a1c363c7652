// The PostgreSQL pool that the program made itself, as soon as it has used it once.
import type pg from 'pg';
import { library } from './library.ts';

/** Gives the program's first pool; undefined until it has asked for a connection (its readiness check does). */
export function watchPool(): () => pg.Pool | undefined {
  const { Pool } = library<typeof pg>('pg');
  const connect = Pool.prototype.connect;
  let first: pg.Pool | undefined;
  Pool.prototype.connect = function (this: pg.Pool, ...values: unknown[]) {
    first ??= this;
    return (connect as (...values: unknown[]) => never).apply(this, values);
  };
  return () => first;
}
