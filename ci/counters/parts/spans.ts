// Spans, from a receiver of OTLP traces over HTTP. Each call carries a trace of its own, so its spans are told from all others
// however late they come, those of other processes too.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { readJsonTraces, readProtobufTraces, type Span } from './otlp.ts';

export interface SpanReceiver {
  /** Base URL, without /v1/traces. */
  url: string;
  /** Spans so far by trace. */
  byTrace(): Map<string, Span[]>;
  stop(): Promise<void>;
}

export async function startSpanReceiver(): Promise<SpanReceiver> {
  const spans: Span[] = [];
  const server = createServer((request, response) => {
    bodyOf(request).then(
      (body) => {
        if (request.url === '/v1/traces') {
          const isJson = request.headers['content-type']?.startsWith('application/json');
          spans.push(...(isJson ? readJsonTraces(body.toString()) : readProtobufTraces(body)));
        }
        const type = request.headers['content-type'] ?? 'application/x-protobuf';
        response.writeHead(200, { 'content-type': type }).end(type.startsWith('application/json') ? '{}' : undefined);
      },
      () => response.writeHead(400).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    byTrace: () => Map.groupBy(spans, ({ traceId }) => traceId),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

/** A sampled W3C `traceparent` for the n-th call, and its trace id. */
export function traceOf(n: number): { traceId: string; traceParent: string } {
  const traceId = `c0${(n + 1).toString(16).padStart(30, '0')}`;
  return { traceId, traceParent: `00-${traceId}-${(n + 1).toString(16).padStart(16, '0')}-01` };
}
