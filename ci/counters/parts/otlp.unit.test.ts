import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { readJsonTraces, readProtobufTraces } from './otlp.ts';
import { startSpanReceiver, traceOf } from './spans.ts';

test('spans of the OpenTelemetry exporter are received with trace, service and name', async () => {
  const receiver = await startSpanReceiver();
  try {
    const exporter = new OTLPTraceExporter({ url: `${receiver.url}/v1/traces` });
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.version': '1', 'service.name': 'api' }),
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    const span = provider.getTracer('test').startSpan('GET /card', { attributes: { a: 1, b: 0.5, c: [true] } });
    span.end();
    await provider.shutdown();
    const { traceId } = span.spanContext();
    assert.deepEqual([...receiver.byTrace()], [[traceId, [{ traceId, service: 'api', name: 'GET /card' }]]]);
  } finally {
    await receiver.stop();
  }
});

test('JSON is read as well', () => {
  const text = JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'api' } }] },
        scopeSpans: [
          {
            spans: [
              { traceId: 'AB', name: 'one' },
              { traceId: 'cd', name: 'two' },
            ],
          },
        ],
      },
      {},
    ],
  });
  assert.deepEqual(readJsonTraces(text), [
    { traceId: 'ab', service: 'api', name: 'one' },
    { traceId: 'cd', service: 'api', name: 'two' },
  ]);
});

test('a body that is cut off is refused', () => {
  assert.throws(() => readProtobufTraces(Buffer.from([0x0a, 0x50, 0x01])), /too early/);
});

test('every call has a trace of its own', () => {
  const traces = Array.from({ length: 300 }, (_, n) => traceOf(n));
  assert.equal(new Set(traces.map(({ traceId }) => traceId)).size, 300);
  for (const { traceId, traceParent } of traces) {
    assert.match(traceParent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.ok(traceParent.includes(traceId));
  }
});
