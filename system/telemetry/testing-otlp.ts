// For tests: a receiver of OTLP traces over HTTP on a free port, and the spans that it was sent. It reads protobuf itself.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedSpan {
  service: string;
  traceId: string;
  spanId: string;
  /** Empty at the root of a trace. */
  parentSpanId: string;
  name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  attributes: Record<string, string | number | boolean>;
  /** 2 is an error. */
  statusCode: number;
  events: string[];
}

export interface OtlpReceiver {
  endpoint: string;
  spans: ReceivedSpan[];
  /** Bodies that came as JSON, as they are. */
  json: unknown[];
  /** Of every request. */
  headers: IncomingHttpHeaders[];
  /** Every request from now on is answered with this status. */
  answer(status: number): void;
  stop(): Promise<void>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const json: unknown[] = [];
  const headers: IncomingHttpHeaders[] = [];
  let status = 200;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    headers.push(request.headers);
    if (request.url !== '/v1/traces') status = 404;
    if (status === 200) {
      if (request.headers['content-type'] === 'application/json') json.push(JSON.parse(body.toString()));
      else spans.push(...readTraces(body));
    }
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    json,
    headers,
    answer: (next) => {
      status = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Field numbers: opentelemetry/proto/trace/v1/trace.proto and common.proto, release 1.x. */
function readTraces(body: Buffer): ReceivedSpan[] {
  return many(body, 1).flatMap((resourceSpans) => {
    const service = attributesOf(one(resourceSpans, 1), 1)['service.name'];
    return many(resourceSpans, 2).flatMap((scopeSpans) =>
      many(scopeSpans, 2).map((span) => ({
        service: String(service),
        traceId: one(span, 1).toString('hex'),
        spanId: one(span, 2).toString('hex'),
        parentSpanId: one(span, 4).toString('hex'),
        name: one(span, 5).toString(),
        kind: number(span, 6),
        attributes: attributesOf(span, 9),
        events: many(span, 11).map((event) => one(event, 2).toString()),
        statusCode: number(one(span, 15), 3),
      })),
    );
  });
}

function attributesOf(message: Buffer, field: number): ReceivedSpan['attributes'] {
  return Object.fromEntries(many(message, field).map((pair) => [one(pair, 1).toString(), anyValue(one(pair, 2))]));
}

function anyValue(any: Buffer): string | number | boolean {
  const [[field, value] = []] = fields(any);
  if (Buffer.isBuffer(value)) return field === 4 ? value.readDoubleLE() : value.toString();
  return field === 2 ? value === 1n : Number(value);
}

const many = (message: Buffer, field: number) =>
  fields(message).flatMap(([number, value]) => (number === field && Buffer.isBuffer(value) ? [value] : []));
const one = (message: Buffer, field: number) => many(message, field)[0] ?? Buffer.alloc(0);
const number = (message: Buffer, field: number) =>
  Number(fields(message).find(([number]) => number === field)?.[1] ?? 0);

/** A message of protocol buffers as its fields: numbers as bigint, everything else as bytes (protobuf.dev/programming-guides/encoding). */
function fields(message: Buffer): [number, bigint | Buffer][] {
  const found: [number, bigint | Buffer][] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number) => {
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    const value = wire === 0 ? varint() : bytes(wire === 1 ? 8 : wire === 5 ? 4 : Number(varint()));
    found.push([tag >> 3, value]);
  }
  return found;
}
