// The two shapes of every answer, `{data, meta}` and `{error: {code, message, timestamp}}`, and how they are sent.
import type { ServerResponse } from 'node:http';
import { AmsError } from '../errors.ts';

export function success(data: unknown, meta: Record<string, unknown> = {}): string {
  return JSON.stringify({ data, meta });
}

export function failure(error: AmsError, at: Date): string {
  return JSON.stringify({ error: { code: error.code, message: error.message, timestamp: at.toISOString() } });
}

/** What was thrown, in words that are safe to tell: only AmsErrors speak for themselves. */
export function amsErrorOf(thrown: unknown): AmsError {
  return thrown instanceof AmsError ? thrown : new AmsError('server.failed', undefined, { cause: thrown });
}

/** @param headers added to those that every answer has; nothing we answer may be kept by a cache on the way */
export function send(res: ServerResponse, status: number, headers: Record<string, string>, json: string): void {
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(json),
    'Cache-Control': 'no-store',
    ...headers,
  });
  res.end(json);
}

/** Sends a failure; where half an answer is out already, the connection is cut, so that it does not look whole. */
export function refuse(res: ServerResponse, error: AmsError, at: Date, headers: Record<string, string> = {}): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const { code, retryAfterSeconds } = error;
  const added = { ...headers };
  if (retryAfterSeconds !== undefined) added['Retry-After'] = String(retryAfterSeconds);
  if (code.startsWith('auth.')) added['WWW-Authenticate'] = 'Bearer';
  send(res, error.status, added, failure(error, at));
}
