// The log line of a successful request, written as text at once: it is the one line that every request may cost.
import type { Role } from './metrics.ts';
import type { TraceParent } from './trace-parent.ts';

/** What is said about a request. Nothing in it is personal: ids and the route's template, never the path. */
export interface RequestLine {
  span: TraceParent;
  method: string;
  /** The route's template. */
  route: string;
  status: number;
  elapsedMs: number;
  tenantId?: string;
  actor?: string;
  useCase?: string;
  /** What it ended with when that was not a success. */
  error?: Error;
}

/** Gives the ten fields of the line in pino's order; what follows from route and status is made once. */
export function requestText(role: Role): (line: RequestLine, now: Date) => string {
  const endings = new Map<string, string>();
  return ({ span, method, route, status, elapsedMs, tenantId, actor, useCase }, now) => {
    const message = `${method} ${route} ${status}`;
    let ending = endings.get(message);
    if (!ending) {
      const fields = { useCase: useCase ?? null, message, detail: { role, method, route, status } };
      ending = `${JSON.stringify(fields).slice(1)}\n`;
      endings.set(message, ending);
    }
    return `{"level":"info","timestamp":"${now.toISOString()}","traceId":"${span.traceId}","spanId":"${span.spanId}","tenantId":${text(tenantId)},"actor":${text(actor)},"elapsedMs":${Math.round(elapsedMs * 1000) / 1000},${ending}`;
  };
}

const text = (value: string | undefined) => (value === undefined ? 'null' : JSON.stringify(value));
