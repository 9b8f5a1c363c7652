// W3C Trace Context: the header `traceparent` in, the trace and a new span of this process out.
import { randomBytes } from 'node:crypto';

export interface Trace {
  /** 32 hexadecimal digits, leading zeros kept. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
}

/** Source: W3C Trace Context level 1, 3.2; version ff and ids of zeros only are invalid. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:$|-)/;

export function traceOf(
  traceparent: string | undefined,
  randomHex: (bytes: number) => string = (bytes) => randomBytes(bytes).toString('hex'),
): Trace {
  return { traceId: TRACEPARENT.exec(traceparent ?? '')?.[1] ?? randomHex(16), spanId: randomHex(8) };
}
