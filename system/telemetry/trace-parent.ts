// W3C Trace Context: the text of the header `traceparent`, and random ids for it.
import { randomFillSync } from 'node:crypto';

export interface TraceParent {
  /** 32 hexadecimal digits, leading zeros kept. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
  sampled: boolean;
}

/** Source: W3C Trace Context level 1, 3.2; version ff and ids of zeros only are invalid. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:$|-)/;
const FLAGS_AT = 53;

/** Null when there is none or it is not valid: then a new trace begins. */
export function readTraceParent(text: string | null | undefined): TraceParent | null {
  const found = text ? TRACEPARENT.exec(text) : null;
  if (!found) return null;
  const [, traceId, spanId, flags] = found as unknown as [string, string, string, string];
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function writeTraceParent(traceId: string, spanId: string, sampled: boolean): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** Whether a value that we wrote ourselves is sampled, without taking it apart. */
export function isSampled(traceParent: string | null): traceParent is string {
  return traceParent !== null && traceParent.charCodeAt(FLAGS_AT + 1) === 49; // '1'
}

const POOL_BYTES = 8192;

/** Random ids of 8 or 16 bytes as hexadecimal digits, cut from digits that are drawn and written many at a time. */
export function createIds(): (bytes: 8 | 16) => string {
  const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
  let digits = '';
  let at = 0;
  return (bytes) => {
    if (at + 2 * bytes > digits.length) {
      digits = randomFillSync(pool).toString('hex');
      at = 0;
    }
    at += 2 * bytes;
    return digits.slice(at - 2 * bytes, at);
  };
}
