// Spans of one process and a receiver of them: what is sampled, what arrives, and what a receiver that is away costs.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { startBatchSpans } from './batch-spans.ts';
import { createMetrics } from './metrics.ts';
import { type OtlpReceiver, startOtlpReceiver } from './testing-otlp.ts';
import { writeTraceParent } from './trace-parent.ts';
import { createTracing } from './tracing.ts';

let receiver: OtlpReceiver;
before(async () => {
  receiver = await startOtlpReceiver();
});
beforeEach(() => {
  receiver.spans.length = 0;
  receiver.answer(200);
});
after(() => receiver.stop());

const config = (sampleRatio: number) => ({
  endpoint: receiver.endpoint,
  sampleRatio,
  serviceName: 'ams-test',
  version: '1.2.3',
});
const traceId = '0af7651916cd43dd8448eb211c80319c';
const parent = (sampled: boolean) => writeTraceParent(traceId, '00f067aa0ba902b7', sampled);

test('a sampled span arrives with its parent, kind, attributes and masked error', async () => {
  const tracing = createTracing(config(0));
  const request = tracing.start('POST /members', { kind: 'server', parent: parent(true), attributes: { 'ams.n': 3 } });
  const command = request.child('enrolMember', { kind: 'internal' });
  command.fail(new Error('no SMS to 010-1234-5678'));
  command.set({ 'ams.outcome': 'failed', 'ams.retried': true });
  command.end();
  request.end();
  await tracing.stop();

  const [inner, outer] = receiver.spans;
  assert.equal(receiver.spans.length, 2);
  assert.deepEqual(outer, {
    service: 'ams-test',
    traceId,
    spanId: request.spanId,
    parentSpanId: '00f067aa0ba902b7',
    name: 'POST /members',
    kind: 2,
    attributes: { 'ams.n': 3 },
    statusCode: 0,
    events: [],
  });
  assert.equal(request.traceParent, writeTraceParent(traceId, outer!.spanId, true));
  assert.equal(inner!.parentSpanId, outer!.spanId);
  assert.deepEqual(inner!.attributes, { 'ams.outcome': 'failed', 'ams.retried': true });
  assert.deepEqual([inner!.kind, inner!.statusCode, inner!.events], [1, 2, ['exception']]);
  assert.ok(!JSON.stringify(receiver.spans).includes('1234-5678'));
});

test('whoever continues a trace follows its decision, at any ratio', async () => {
  for (const [ratio, sampled] of [
    [1, false],
    [0, true],
  ] as const) {
    const tracing = createTracing(config(ratio));
    const span = tracing.start('x', { kind: 'server', parent: parent(sampled) });
    assert.deepEqual([span.sampled, span.traceId], [sampled, traceId]);
    span.end();
    await tracing.stop();
  }
  assert.equal(receiver.spans.length, 1);
});

test('a ratio of 0.1 samples one new trace in ten, and every one of them arrives', async () => {
  const tracing = createTracing(config(0.1));
  const traces = 4000;
  let sampled = 0;
  for (let made = 0; made < traces; made++) {
    const span = tracing.start('x', { kind: 'server' });
    if (span.sampled) sampled++;
    span.end();
  }
  await tracing.stop();
  // Five standard deviations of a binomial distribution: a wrong alarm comes once in 1.7 million runs.
  const bound = 5 * Math.sqrt(traces * 0.1 * 0.9);
  assert.ok(Math.abs(sampled - traces * 0.1) < bound, `${sampled} of ${traces}`);
  assert.equal(receiver.spans.length, sampled);
  assert.equal(new Set(receiver.spans.map((span) => span.traceId)).size, sampled);
});

test('without a receiver nothing is sampled, and the ids are passed on all the same', async () => {
  const tracing = createTracing({ sampleRatio: 1, serviceName: 'x', version: '1' });
  const continued = tracing.start('x', { kind: 'server', parent: parent(true) });
  assert.deepEqual([continued.sampled, continued.traceId], [false, traceId]);
  assert.match(continued.traceParent, new RegExp(`^00-${traceId}-[\\da-f]{16}-00$`));
  assert.equal(continued.traceParent, continued.traceParent, 'one span has one id');
  assert.equal(continued.child('y', { kind: 'internal' }).spanId, continued.spanId);
  const begun = tracing.start('x', { kind: 'server', parent: 'nonsense' });
  assert.match(begun.traceId, /^[\da-f]{32}$/);
  await tracing.stop();
});

test('only the sampled events of a batch get a span, below the trace of their command', async () => {
  const tracing = createTracing(config(0));
  const event = (version: number, traceParent: string | null) => ({
    id: `t/m/${version}`,
    type: 'MemberUpdated',
    traceParent,
  });
  const events = [event(1, null), event(2, parent(true)), event(3, parent(false))];
  const batch = startBatchSpans(tracing, 'publish', { kind: 'producer' }, events);
  const passedOn = events.map((_, index) => batch.traceParentOf(index));
  batch.end();
  await tracing.stop();
  assert.equal(receiver.spans.length, 1);
  const [span] = receiver.spans;
  assert.deepEqual(passedOn, [null, writeTraceParent(traceId, span!.spanId, true), parent(false)]);
  assert.deepEqual(span!.attributes, {
    'ams.event.id': 't/m/2',
    'ams.event.type': 'MemberUpdated',
    'messaging.batch.message_count': 3,
  });
});

test('a receiver that refuses is said once, and every span is counted', async () => {
  receiver.answer(400);
  const metrics = createMetrics('api', { version: '1', commit: 'c' });
  const errors: unknown[] = [];
  const tracing = createTracing(config(1), { metrics, onError: (error) => errors.push(error) });
  for (let made = 0; made < 5000; made++) tracing.start('x', { kind: 'server' }).end();
  await tracing.stop();
  assert.equal(errors.length, 1);
  const { body } = await metrics.expose();
  const counted = (outcome: string) =>
    Number(new RegExp(`trace_spans_total\\{outcome="${outcome}"\\} (\\d+)`).exec(body)![1]);
  assert.equal(counted('exported'), 0);
  assert.ok(counted('dropped') > 0, 'the queue is bounded');
  assert.equal(counted('failed') + counted('dropped'), 5000);
});
