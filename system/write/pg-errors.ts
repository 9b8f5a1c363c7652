// What PostgreSQL and its driver can throw, in the words of AMS.
import pg from 'pg';
import { AmsError, type ErrorCode } from '../errors.ts';

/** A rival won: deadlock, serialization, or the same Idempotency-Key on another aggregate. Trying again is safe. */
const RIVAL = new Set(['40P01', '40001', 'AMS01']);
/** Rules across aggregates, which the schema keeps: SQLSTATEs of its functions and names of its unique indexes. */
const RULES: Record<string, ErrorCode> = {
  AMS02: 'class.unknown',
  AMS03: 'class.full',
  enrolment_once: 'enrolment.twice',
  payment_receipt_once: 'payment.receipt-taken',
};
const IDS_TAKEN = 'AMS04';
/** Time-outs of lock, statement and idle transaction. Classes 08, 53 and 57: connection, resources, shutdown or cancelled. */
const AWAY = /^(08|53|57|55P03|25P03)/;
/** Class 22: data that PostgreSQL cannot store, for example a NUL in a text. */
const BAD_DATA = /^22/;

/** True when the whole transaction was rolled back because of a rival. */
export function isRival(error: unknown): boolean {
  return error instanceof pg.DatabaseError && RIVAL.has(error.code ?? '');
}

/** The rule that refused a transaction, if one did. */
export function brokenRule(error: unknown): ErrorCode | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined;
  return RULES[error.code ?? ''] ?? RULES[error.constraint ?? ''];
}

/** The ids that exist already, when that is why many new aggregates were not stored. */
export function takenIds(error: unknown): string[] | undefined {
  if (!(error instanceof pg.DatabaseError) || error.code !== IDS_TAKEN) return undefined;
  return JSON.parse(error.detail!);
}

/** The error to throw on: an AmsError where the cause is known, the error itself (a fault of ours) where it is not. */
export function toAmsError(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) {
    // The driver throws plain Errors for its own time-outs and for connections that break or cannot be made.
    return new AmsError('part.unavailable', 'the write model', { cause: error });
  }
  if (AWAY.test(error.code ?? '')) return new AmsError('part.unavailable', 'the write model', { cause: error });
  if (BAD_DATA.test(error.code ?? '')) return new AmsError('request.invalid', error.message, { cause: error });
  return error;
}
