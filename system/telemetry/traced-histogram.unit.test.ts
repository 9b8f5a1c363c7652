import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram, type Metric, type OpenMetricsContentType, Registry } from 'prom-client';
import { TracedHistogram } from './traced-histogram.ts';

const SPEC = { name: 'took_seconds', help: 'It took.', labelNames: ['route', 'status'], buckets: [0.05, 0.1, 0.3] };
const SPAN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: '00f067aa0ba902b7', sampled: true };

/** The page of a registry with this metric alone, in OpenMetrics. */
function page(metric: unknown): Promise<string> {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  registry.registerMetric(metric as Metric);
  return registry.metrics();
}

test('what it exposes is what prom-client exposes after the same observations', async () => {
  const ours = new TracedHistogram(SPEC, () => 0);
  const theirs = new Histogram({ ...SPEC, registers: [] });
  const quoted = { route: 'a "quoted" \\ route', status: 200 };
  for (const labels of [{ route: '/a', status: 200 }, { route: '/a', status: 500 }, quoted]) {
    theirs.zero(labels);
    ours.of(labels);
    for (const value of [0, 0.05, 0.0500001, 0.1, 0.2, 0.3, 0.31, 1e9]) {
      theirs.observe(labels, value);
      ours.observe(labels, value);
    }
  }
  theirs.zero({ route: '/never', status: 200 });
  ours.of({ route: '/never', status: 200 });
  assert.equal(await page(ours), await page(theirs));
});

test('a series is the same however it is asked for, and as a number or as text', async () => {
  const histogram = new TracedHistogram(SPEC, () => 0);
  const series = histogram.of({ route: '/a', status: 200 });
  series.observe(0.1);
  histogram.observe({ status: '200', route: '/a' }, 0.2);
  assert.equal(histogram.of({ route: '/a', status: 200 }), series);
  assert.match(await page(histogram), /^took_seconds_count\{route="\/a",status="200"\} 2$/m);
});

test('each bucket keeps the last sampled trace, the one beyond all bounds too', async () => {
  const histogram = new TracedHistogram(SPEC, () => 1_772_355_600_123);
  const series = histogram.of({ route: '/a', status: 200 });
  series.observe(0.06, { ...SPAN, spanId: '1111111111111111' });
  series.observe(0.07, SPAN);
  series.observe(0.08, { ...SPAN, spanId: '2222222222222222', sampled: false });
  series.observe(7, SPAN);
  const exemplars = [...(await page(histogram)).matchAll(/le="([^"]+)".* # (.*)/g)].map((match) => match.slice(1));
  const trace = `{trace_id="${SPAN.traceId}",span_id="${SPAN.spanId}"}`;
  assert.deepEqual(exemplars, [
    ['0.1', `${trace} 0.07 1772355600.123`],
    ['+Inf', `${trace} 7 1772355600.123`],
  ]);
});

test('without labels it stands at 0 from the beginning, and what is not a number is refused', async () => {
  const histogram = new TracedHistogram({ ...SPEC, labelNames: [] }, () => 0);
  assert.throws(() => histogram.observe({}, Number.NaN), TypeError);
  assert.match(await page(histogram), /^took_seconds_sum 0\ntook_seconds_count 0$/m);
});
