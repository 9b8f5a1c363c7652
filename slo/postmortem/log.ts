// The API's log, JSON lines: which requests of an objective were bad, and of how many tenants. Only counts leave this file.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { selectorOf } from '../compile/check.ts';
import type { Matcher } from '../compile/promql.ts';
import type { Objective } from '../objectives/read.ts';
import { isObject } from '../openslo/documents.ts';
import type { Span } from './counts.ts';
import { failures } from './failures.ts';
import type { LogFilter } from './figure.ts';
import { isoOf } from './units.ts';

export interface Counted {
  requests: number;
  tenants: number;
}

/** What the log says by each label of `http_server_request_duration_seconds`. */
const FIELDS = { http_request_method: 'method', http_route: 'route', http_response_status_code: 'status' } as const;

/** The lines that are the objective's bad requests in a span; undefined when it counts no requests, so that the log cannot know. */
export function logFilter(objective: Objective, span: Span): Omit<LogFilter, 'count'> | undefined {
  const { source, thresholdSeconds } = objective;
  if (source.kind !== 'events') return undefined;
  const { metric, matchers } = selectorOf(objective, source.bad ?? source.total);
  if (!metric.startsWith('http_server_request_duration_seconds')) return undefined;
  const fields = Object.entries(FIELDS).flatMap(([label, field]) => {
    const matcher = matchers.find((one) => one.label === label);
    return matcher ? [[field, expressionOf(matcher)]] : [];
  });
  return {
    fromUtc: isoOf(span.fromSeconds),
    toUtc: isoOf(span.toSeconds),
    ...Object.fromEntries(fields),
    ...(thresholdSeconds !== undefined && { slowerThanMs: thresholdSeconds * 1000 }),
  };
}

/** A matcher as a regular expression over the whole value. */
function expressionOf({ op, value }: Matcher): string {
  const pattern = op === '=~' || op === '!~' ? value : value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return op.startsWith('!') ? `(?!(?:${pattern})$).*` : pattern;
}

/** Reads the file line by line. Throws a Failure when it does not exist or has no line of a request. */
export async function countLog(file: string, filter: Omit<LogFilter, 'count'>): Promise<Counted> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw failures.noLog(file);
  const isBad = badLines(filter);
  const tenants = new Set<string>();
  let [requests, lines] = [0, 0];
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    const line = requestOf(text);
    // What a process says besides its requests is no line of them.
    if (!line) continue;
    lines++;
    if (!isBad(line)) continue;
    requests++;
    if (line.tenantId) tenants.add(line.tenantId);
  }
  if (lines === 0) throw failures.notALog(file);
  return { requests, tenants: tenants.size };
}

interface RequestLine {
  atMs: number;
  tenantId: string | undefined;
  elapsedMs: number;
  method: string;
  route: string;
  status: number;
}

function requestOf(text: string): RequestLine | undefined {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(line) || !isObject(line.detail)) return undefined;
  const { status, method, route } = line.detail;
  const atMs = Date.parse(String(line.timestamp));
  if (Number.isNaN(atMs) || typeof status !== 'number') return undefined;
  return {
    atMs,
    tenantId: typeof line.tenantId === 'string' ? line.tenantId : undefined,
    elapsedMs: Number(line.elapsedMs),
    method: String(method),
    route: String(route),
    status,
  };
}

function badLines({ fromUtc, toUtc, method, route, status, slowerThanMs }: Omit<LogFilter, 'count'>) {
  const [fromMs, toMs] = [Date.parse(fromUtc), Date.parse(toUtc)];
  const whole = (pattern: string | undefined) => (pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`));
  const [isMethod, isRoute, isStatus] = [method, route, status].map(whole);
  return (line: RequestLine) =>
    line.atMs >= fromMs &&
    line.atMs < toMs &&
    (isMethod?.test(line.method) ?? true) &&
    (isRoute?.test(line.route) ?? true) &&
    (isStatus?.test(String(line.status)) ?? true) &&
    (slowerThanMs === undefined || line.elapsedMs > slowerThanMs);
}
