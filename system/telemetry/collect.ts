// POST /collect: web vitals, errors and spans of browsers in; histograms, a masked log line and OTLP out.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AmsError } from '../errors.ts';
import { type BrowserException, boundedLabel, type Payload, pageOf, payload, vitalsOf } from './faro.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { RawHandler } from './profiles.ts';

interface Decision {
  allowed: boolean;
  retryAfterSeconds: number;
}

export interface CollectorParts {
  metrics: Pick<
    Metrics,
    'webVitalDurationSeconds' | 'webVitalLayoutShift' | 'webExceptionsTotal' | 'webCollectTotal' | 'traceSpansTotal'
  >;
  log: Logger;
  /** May this address send once more? */
  take: (address: string) => Decision | Promise<Decision>;
  /** Origins whose pages may send, besides pages of our own host. */
  origins: readonly string[];
  /** Base URL of an OTLP/HTTP receiver; without it spans of browsers are left out. */
  otlpEndpoint?: string;
  /** `name=value,name=value`, values percent-encoded. */
  otlpHeaders?: string;
}

/** What the balancer lets pass; Faro itself keeps to 60 KB when a page is left. */
const LONGEST_BYTES = 64 * 1024;
const LONGEST_UNZIPPED_BYTES = 256 * 1024;
const MOST_PAGES = 20;
const MOST_VERSIONS = 5;
const MOST_FORWARDS = 8;
const FORWARD_MS = 3000;
const MOST_FRAMES = 10;
const LONGEST_ERROR = 500;
/** The SDK's own headers and those of its tracing (faro-web-sdk, transports/fetch/transport.ts). */
const HEADERS = 'content-type, content-encoding, x-api-key, x-faro-session-id, idempotency-key, traceparent';

/**
 * For POST and OPTIONS, without a body parser before it: 202, or an AmsError `origin.forbidden`, `rate.limited`,
 * `request.too-large`, `request.invalid`; `route.unknown` for other methods.
 */
export function createCollector(parts: CollectorParts): RawHandler {
  const { metrics, take, origins } = parts;
  const keep = createKeeper(parts);

  async function receive(req: IncomingMessage, res: ServerResponse): Promise<string> {
    if (!allowOrigin(req, res, origins)) throw new AmsError('origin.forbidden');
    if (req.method === 'OPTIONS') {
      res.writeHead(204).end();
      return 'preflight';
    }
    if (req.method !== 'POST') throw new AmsError('route.unknown');
    const { allowed, retryAfterSeconds } = await take(addressOf(req));
    if (!allowed) throw new AmsError('rate.limited', undefined, { retryAfterSeconds });
    const read = payload.safeParse(parseJson(await readBody(req)));
    if (!read.success) throw new AmsError('request.invalid', read.error.issues[0]!.message, { cause: read.error });
    keep(read.data);
    res.writeHead(202).end();
    return 'accepted';
  }

  return async (req, res) => {
    try {
      const outcome = await receive(req, res);
      if (outcome !== 'preflight') metrics.webCollectTotal.inc({ outcome });
    } catch (error) {
      metrics.webCollectTotal.inc({ outcome: outcomeOf(error) });
      throw error;
    }
  };
}

const OUTCOMES: Record<string, string> = {
  'origin.forbidden': 'forbidden',
  'rate.limited': 'limited',
  'request.too-large': 'too_large',
};
const outcomeOf = (error: unknown) => (error instanceof AmsError && OUTCOMES[error.code]) || 'invalid';

/** Turns a checked payload into metrics, log lines and spans; never waits and never throws. */
function createKeeper({ metrics, log, otlpEndpoint, otlpHeaders }: CollectorParts): (received: Payload) => void {
  const boundedPage = boundedLabel(MOST_PAGES);
  const boundedVersion = boundedLabel(MOST_VERSIONS);
  const forward = otlpEndpoint ? createForwarder(otlpEndpoint, otlpHeaders, metrics) : undefined;
  return (received) => {
    const page = boundedPage(pageOf(received));
    const version = boundedVersion(received.meta.app?.version ?? 'unknown');
    const { seconds, layoutShifts } = vitalsOf(received);
    for (const { vital, value } of seconds) metrics.webVitalDurationSeconds.observe({ vital, page, version }, value);
    for (const shift of layoutShifts) metrics.webVitalLayoutShift.observe({ page, version }, shift);
    for (const exception of received.exceptions) {
      metrics.webExceptionsTotal.inc({ page, version });
      const { session, k6 } = received.meta;
      const detail = { page, version, ...brief(exception), session: session?.id, testRunId: k6?.testRunId };
      const { trace_id: traceId, span_id: spanId } = exception.trace ?? {};
      log.warn({ traceId, spanId, useCase: 'collect', detail }, 'a browser reported an error');
    }
    if (received.traces) forward?.(received.traces.resourceSpans);
  };
}

/** Without the queries of addresses: they are where tokens stand. The log masks the rest. */
function brief({ type, value, stacktrace }: BrowserException): Record<string, unknown> {
  const frames = stacktrace?.frames.slice(0, MOST_FRAMES) ?? [];
  return {
    error: `${type}: ${value}`.slice(0, LONGEST_ERROR),
    stack: frames.map((one) => `${one.function} ${one.filename.split('?')[0]}:${one.lineno ?? 0}:${one.colno ?? 0}`),
  };
}

function createForwarder(
  endpoint: string,
  headers: string | undefined,
  metrics: CollectorParts['metrics'],
): (resourceSpans: object[]) => void {
  const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
  const allHeaders = { ...readHeaders(headers), 'content-type': 'application/json' };
  let underWay = 0;
  return (resourceSpans) => {
    const count = (outcome: string) => metrics.traceSpansTotal.inc({ outcome }, spansIn(resourceSpans));
    if (underWay >= MOST_FORWARDS) return count('dropped');
    underWay++;
    const request = {
      method: 'POST',
      headers: allHeaders,
      body: JSON.stringify({ resourceSpans }),
      signal: AbortSignal.timeout(FORWARD_MS),
    };
    fetch(url, request)
      .then(
        async (answer) => {
          await answer.body?.cancel();
          count(answer.ok ? 'exported' : 'failed');
        },
        () => count('failed'),
      )
      .finally(() => underWay--);
  };
}

/** Source: OpenTelemetry specification, protocol/exporter, OTEL_EXPORTER_OTLP_HEADERS. */
function readHeaders(text = ''): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
    }),
  );
}

function spansIn(resourceSpans: { scopeSpans?: { spans?: unknown[] }[] }[]): number {
  const scopes = resourceSpans.flatMap(({ scopeSpans }) => (Array.isArray(scopeSpans) ? scopeSpans : []));
  return scopes.reduce((sum, scope) => sum + (Array.isArray(scope?.spans) ? scope.spans.length : 0), 0);
}

/** Pages of our own host, of the allowed origins, and askers that are no browsers; sets what a browser wants to see. */
function allowOrigin(req: IncomingMessage, res: ServerResponse, origins: readonly string[]): boolean {
  const { origin, host } = req.headers;
  if (origin === undefined) return true;
  if (!origins.includes(origin) && (!URL.canParse(origin) || new URL(origin).host !== host)) return false;
  res.setHeader('Access-Control-Allow-Origin', origin);
  res.setHeader('Access-Control-Allow-Methods', 'POST');
  res.setHeader('Access-Control-Allow-Headers', HEADERS);
  res.setHeader('Access-Control-Expose-Headers', 'Retry-After');
  res.setHeader('Access-Control-Max-Age', '7200');
  res.setHeader('Vary', 'Origin');
  return true;
}

/** The balancer appends the address it was asked from; without one it is the connection's. */
function addressOf(req: IncomingMessage): string {
  const forwarded = req.headers['x-forwarded-for'];
  const last = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded)?.split(',').at(-1)?.trim();
  return last || (req.socket.remoteAddress ?? 'unknown');
}

async function readBody(req: IncomingMessage): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > LONGEST_BYTES) throw new AmsError('request.too-large');
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // What comes after the limit flows past, so that the asker still hears the answer.
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > LONGEST_BYTES) throw new AmsError('request.too-large');
      chunks.push(chunk);
    }
  } catch (error) {
    req.resume();
    if (error instanceof AmsError) throw error;
    throw new AmsError('request.invalid', 'the body ended early', { cause: error });
  }
  const body = Buffer.concat(chunks);
  return req.headers['content-encoding'] === 'gzip' ? unzip(body) : body;
}

async function unzip(body: Buffer): Promise<Buffer> {
  try {
    return await promisify(gunzip)(body, { maxOutputLength: LONGEST_UNZIPPED_BYTES });
  } catch (error) {
    const code = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? 'request.too-large' : 'request.invalid';
    throw new AmsError(code, undefined, { cause: error });
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new AmsError('request.invalid', 'the body is not JSON', { cause: error });
  }
}
