// The first step of every request: gives it a record that later steps fill in, and at its end one log line and one observation.
import type { RequestHandler, Response } from 'express';
import type { Clock } from '../clock.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Actor } from './auth.ts';
import { type Trace, traceOf } from './trace-context.ts';

/** What is known of a request so far. */
export interface RequestRecord {
  trace: Trace;
  /** The route's template, never the path; `unmatched` when there is no such route. */
  route: string;
  useCase?: string;
  actor?: Actor;
  /** What it ended with when that was not a success. */
  error?: Error;
}

/** nginx's number for a caller who went away before the answer was whole. */
const CLIENT_CLOSED = 499;

export function recordOf(res: Response): RequestRecord {
  return res.locals.record as RequestRecord;
}

export function accessLog(parts: {
  clock: Clock;
  log: Logger;
  metrics: Pick<Metrics, 'httpServerRequestDurationSeconds'>;
}): RequestHandler {
  const { clock, log, metrics } = parts;
  return (req, res, next) => {
    const startedMs = clock.monotonicMs();
    const record: RequestRecord = { trace: traceOf(req.get('traceparent')), route: 'unmatched' };
    res.locals.record = record;
    res.once('close', () => {
      const elapsedMs = clock.monotonicMs() - startedMs;
      const status = res.writableFinished ? res.statusCode : CLIENT_CLOSED;
      metrics.httpServerRequestDurationSeconds.observe(
        {
          http_request_method: req.method,
          http_route: record.route,
          http_response_status_code: status,
        },
        elapsedMs / 1000,
      );
      const { route, useCase, actor, error } = record;
      log[status >= 500 ? 'error' : 'info'](
        {
          ...record.trace,
          tenantId: actor?.tenantId,
          actor: actor?.id,
          useCase,
          elapsedMs: Math.round(elapsedMs * 1000) / 1000,
          detail: { method: req.method, route, status, ...(error && { error: brief(error, status) }) },
        },
        `${req.method} ${route} ${status}`,
      );
    });
    next();
  };
}

/** A refusal is one line to its caller and to the log; only what went wrong on our side brings its stack. */
function brief(error: Error, status: number): unknown {
  if (status >= 500) return error;
  return { ...('code' in error && { code: error.code }), message: error.message };
}
