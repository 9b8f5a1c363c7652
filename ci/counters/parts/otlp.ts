// Reads what an OTLP exporter of traces sends, as protobuf or JSON: only the trace, the service and the name of each span.
// Fields: opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto of OTLP 1.x.

export interface Span {
  /** 32 hexadecimal digits, lower case. */
  traceId: string;
  service: string;
  name: string;
}

/** Throws on text that is no JSON. */
export function readJsonTraces(text: string): Span[] {
  const { resourceSpans = [] } = JSON.parse(text) as JsonTraces;
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) => {
    const name = resource?.attributes?.find(({ key }) => key === 'service.name');
    const service = name?.value?.stringValue ?? '';
    return scopeSpans.flatMap(({ spans = [] }) =>
      spans.map((span) => ({ traceId: span.traceId.toLowerCase(), service, name: span.name })),
    );
  });
}

interface JsonTraces {
  resourceSpans?: {
    resource?: { attributes?: { key: string; value?: { stringValue?: string } }[] };
    scopeSpans?: { spans?: { traceId: string; name: string }[] }[];
  }[];
}

/** Throws on bytes that are no message. */
export function readProtobufTraces(body: Buffer): Span[] {
  return inside(body, 1).flatMap((resourceSpans) => {
    const attributes = inside(resourceSpans, 1).flatMap((resource) => inside(resource, 1));
    const name = attributes.find((attribute) => inside(attribute, 1)[0]?.toString() === 'service.name');
    const value = name && inside(name, 2)[0];
    const service = value ? (inside(value, 1)[0]?.toString() ?? '') : '';
    return inside(resourceSpans, 2)
      .flatMap((scopeSpans) => inside(scopeSpans, 2))
      .map((span) => ({
        traceId: inside(span, 1)[0]?.toString('hex') ?? '',
        service,
        name: inside(span, 5)[0]?.toString() ?? '',
      }));
  });
}

/** The values of one field of a message that are bytes, text or messages (protobuf.dev/programming-guides/encoding). */
function inside(message: Buffer, field: number): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('the message ends too early');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wire = tag & 7;
    if (wire === 0) varint();
    else {
      const length = wire === 1 ? 8 : wire === 5 ? 4 : varint();
      if (at + length > message.length) throw new Error('the message ends too early');
      if (wire === 2 && tag >>> 3 === field) found.push(message.subarray(at, at + length));
      at += length;
    }
  }
  return found;
}
