// The two shapes of every answer: `{data, meta}` and `{error: {code, message, timestamp}}`.
import type { ErrorCode } from '../errors.ts';

export interface Success {
  data: unknown;
  meta: Record<string, unknown>;
}

export interface Failed {
  error: { code: ErrorCode; message: string; timestamp: string };
}

export function success(data: unknown, meta: Record<string, unknown> = {}): Success {
  return { data, meta };
}

export function failed(error: { code: ErrorCode; message: string }, at: Date): Failed {
  return { error: { code: error.code, message: error.message, timestamp: at.toISOString() } };
}
