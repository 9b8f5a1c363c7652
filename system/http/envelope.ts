// The two shapes of every answer, `{data, meta}` and `{error: {code, message, timestamp}}`, and how they are sent.
import type { ServerResponse } from 'node:http';
import { AmsError } from '../errors.ts';

/** @param data as JSON text */
export function success(data: string, meta?: Record<string, unknown>): string {
  return `{"data":${data},"meta":${meta ? JSON.stringify(meta) : '{}'}}`;
}

export function failure(error: AmsError, at: Date): string {
  return JSON.stringify({ error: { code: error.code, message: error.message, timestamp: at.toISOString() } });
}

/** What was thrown, in words that are safe to tell: only AmsErrors speak for themselves. */
export function amsErrorOf(thrown: unknown): AmsError {
  return thrown instanceof AmsError ? thrown : new AmsError('server.failed', undefined, { cause: thrown });
}

/** Names and values in turn. */
export type Headers = string[];

/** @param headers added to those that every answer has; nothing we answer may be kept by a cache on the way */
export function send(res: ServerResponse, status: number, headers: Headers, json: string): void {
  headers.push('Content-Type', 'application/json; charset=utf-8');
  headers.push('Content-Length', String(Buffer.byteLength(json)), 'Cache-Control', 'no-store');
  res.writeHead(status, headers);
  res.end(json);
}

/** Sends a failure; where half an answer is out already, the connection is cut, so that it does not look whole. */
export function refuse(res: ServerResponse, error: AmsError, at: Date, headers: Headers = []): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const { code, retryAfterSeconds } = error;
  if (retryAfterSeconds !== undefined) headers.push('Retry-After', String(retryAfterSeconds));
  if (code.startsWith('auth.')) headers.push('WWW-Authenticate', 'Bearer');
  send(res, error.status, headers, failure(error, at));
}
