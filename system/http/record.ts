// One request from its first byte to its last: a record that the steps fill in, and at its end one observation, one span
// and one log line.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { requestObserver } from '../telemetry/http-metrics.ts';
import type { RequestLogger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Span, Tracing } from '../telemetry/tracing.ts';
import type { Actor } from './auth.ts';

/** What is known of a request so far. */
export interface RequestRecord {
  span: Span;
  actor?: Actor;
  /** What it ended with when that was not a success. */
  error?: Error;
}

export interface Observed {
  method: string;
  /** Never the path: there would be as many series as ids. */
  template: string;
  useCase?: string;
}

export interface RecordParts {
  clock: Clock;
  log: Pick<RequestLogger, 'request'>;
  metrics: Metrics;
  tracing: Tracing;
  /** Age of the process. */
  sinceStartSeconds: () => number;
}

/** nginx's number for a caller who went away before the answer was whole. */
const CLIENT_CLOSED = 499;

/** `recorder(parts)(route)` gives what begins the record of a request to that route. */
export function recorder(
  parts: RecordParts,
): (route: Observed) => (req: IncomingMessage, res: ServerResponse) => RequestRecord {
  const { clock, log, metrics, tracing } = parts;
  const observerOf = requestObserver(metrics, parts.sinceStartSeconds);

  return ({ method, template, useCase }) => {
    const observe = observerOf(method, template);
    const name = `${method} ${template}`;
    const attributes = { 'http.request.method': method, 'http.route': template };

    return (req, res) => {
      const startedMs = clock.monotonicMs();
      const span = tracing.start(name, { kind: 'server', parent: header(req, 'traceparent'), attributes });
      const record: RequestRecord = { span };
      res.on('close', () => end(record, res, clock.monotonicMs() - startedMs));
      return record;
    };

    function end({ span, actor, error }: RequestRecord, res: ServerResponse, elapsedMs: number): void {
      const status = res.writableFinished ? res.statusCode : CLIENT_CLOSED;
      observe(status, elapsedMs / 1000, span);
      if (span.sampled) {
        span.set({ 'http.response.status_code': status, ...(actor && { 'ams.tenant': actor.tenantId }) });
        if (status >= 500) span.fail(error ?? `status ${status}`);
      }
      span.end();
      log.request({
        span,
        method,
        route: template,
        status,
        elapsedMs,
        tenantId: actor?.tenantId,
        actor: actor?.id,
        useCase,
        error,
      });
    }
  };
}

/** A header that may be given once. */
export function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return typeof value === 'string' ? value : undefined;
}
