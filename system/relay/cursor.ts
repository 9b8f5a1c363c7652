// Places in a lane: how far somebody has come.

/** A place in a lane: transaction id and sequence number, both as decimal text (64 bits do not fit a number). */
export interface Cursor {
  xid: string;
  seq: string;
}

/** The place of one event. */
export interface Place extends Cursor {
  /** The transport's own name for what comes behind it, where it has one: a Kafka offset. */
  bookmark?: string;
}

/** Before the first event of every lane. */
export const BEGINNING: Cursor = { xid: '0', seq: '0' };

/** True when `a` lies behind `b` in the order of the lane. */
export function isAfter(a: Cursor, b: Cursor): boolean {
  return a.xid === b.xid ? isMore(a.seq, b.seq) : isMore(a.xid, b.xid);
}

/** Decimal text without leading zeros: the longer one is more. */
function isMore(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}
