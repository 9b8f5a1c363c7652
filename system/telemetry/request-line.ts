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
  // By route, method and status, one after the other: looking up a text made of all three costs more than all the rest.
  const endings = new Map<string, Map<string, Map<number, string>>>();
  const newEnding = ({ method, route, status, useCase }: RequestLine): string => {
    const message = `${method} ${route} ${status}`;
    const fields = { useCase: useCase ?? null, message, detail: { role, method, route, status } };
    const ending = `,${JSON.stringify(fields).slice(1)}\n`;
    const byMethod = endings.get(route) ?? new Map<string, Map<number, string>>();
    const byStatus = byMethod.get(method) ?? new Map<number, string>();
    endings.set(route, byMethod.set(method, byStatus.set(status, ending)));
    return ending;
  };
  const isoText = isoTexts();
  return (line, now) => {
    const { span, method, route, status, tenantId = null, actor = null } = line;
    const ending = endings.get(route)?.get(method)?.get(status) ?? newEnding(line);
    const fields = JSON.stringify({ tenantId, actor, elapsedMs: Math.round(line.elapsedMs * 1000) / 1000 });
    return `{"level":"info","timestamp":"${isoText(now)}","traceId":"${span.traceId}","spanId":"${span.spanId}",${fields.slice(1, -1)}${ending}`;
  };
}

/** `toISOString` that writes the date and the time of day once a second. */
function isoTexts(): (at: Date) => string {
  let second = Number.NaN;
  let upToSecond = '';
  return (at) => {
    const ms = at.getTime() % 1000;
    if (at.getTime() - ms !== second) {
      second = at.getTime() - ms;
      upToSecond = at.toISOString().slice(0, -4);
    }
    return `${upToSecond}${String(ms).padStart(3, '0')}Z`;
  };
}
