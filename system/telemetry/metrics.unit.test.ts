import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestObserver } from './http-metrics.ts';
import { createMetrics } from './metrics.ts';
import { METRICS, RUNTIME_METRICS } from './names.ts';
import { notingFirstReady } from './warm-up.ts';

const build = { version: '1.2.3', commit: 'abc' };

test('each process exposes the metrics that names.ts gives it, and no others', async () => {
  for (const role of ['api', 'worker'] as const) {
    const { body } = await createMetrics(role, build).expose();
    const exposed = new Set([...body.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]));
    for (const [name, spec] of Object.entries(METRICS)) {
      assert.equal(exposed.has(name), spec.process === 'both' || spec.process === role, `${role}: ${name}`);
    }
    for (const name of RUNTIME_METRICS) assert.ok(exposed.has(name), `${role}: ${name}`);
  }
});

test('the latency objective has its own bucket, and no bound is a whole number', async () => {
  const metrics = createMetrics('api', build);
  metrics.httpServerRequestDurationSeconds.observe(
    { http_request_method: 'GET', http_route: '/x', http_response_status_code: 200 },
    0.25,
  );
  const { body } = await metrics.expose();
  assert.match(body, /http_server_request_duration_seconds_bucket\{le="0\.3",[^}]*http_route="\/x"[^}]*\} 1$/m);
  assert.match(body, /http_server_request_duration_seconds_bucket\{le="0\.2",[^}]*http_route="\/x"[^}]*\} 0$/m);
  const bounds = [...body.matchAll(/http_server_request_duration_seconds_bucket\{le="([^"]+)"/g)].map(([, le]) => le!);
  assert.deepEqual(
    bounds.filter((le) => !le.includes('.') && le !== '+Inf'),
    [],
  );
});

test('label sets that are known beforehand start at 0, and the build names itself', async () => {
  const api = (await createMetrics('api', build).expose()).body;
  for (const outcome of ['hit', 'miss', 'stale', 'error']) {
    assert.match(api, new RegExp(`^cache_requests_total\\{outcome="${outcome}"\\} 0$`, 'm'));
  }
  assert.match(api, /^ams_commands_total\{command="enrolMember",outcome="failed"\} 0$/m);
  assert.match(api, /^ams_build_info\{version="1\.2\.3",commit="abc",role="api"\} 1$/m);
  const worker = (await createMetrics('worker', build).expose()).body;
  assert.match(worker, /^projection_lag_seconds_count\{projection="member-card"\} 0$/m);
  assert.match(worker, /^relay_events_total\{group="read-models",outcome="buried"\} 0$/m);
});

test('gauges that are read rather than counted are read at every exposition', async () => {
  const metrics = createMetrics('worker', build);
  let waiting = 3;
  metrics.onExpose(() => metrics.pgPoolConnections.set({ state: 'waiting' }, waiting));
  assert.match((await metrics.expose()).body, /^pg_pool_connections\{state="waiting"\} 3$/m);
  waiting = 5;
  assert.match((await metrics.expose()).body, /^pg_pool_connections\{state="waiting"\} 5$/m);
});

test('who asks for OpenMetrics gets the trace of a sampled observation, and everybody else the same figures without it', async () => {
  const metrics = createMetrics('api', build);
  const labels = { http_request_method: 'GET', http_route: '/x', http_response_status_code: 200 };
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: '00f067aa0ba902b7', sampled: true };
  metrics.httpServerRequestDurationSeconds.observe(labels, 0.04, { ...span, sampled: false });
  metrics.httpServerRequestDurationSeconds.observe(labels, 0.25, span);
  metrics.cacheRequestsTotal.inc({ outcome: 'hit' }, 3);

  const open = await metrics.expose('application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.3');
  assert.equal(open.contentType, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  assert.match(open.body, /^# TYPE cache_requests counter$/m);
  const exemplars = [...open.body.matchAll(/^\S*\{le="([^"]+)"[^#\n]*# \{(.*)\} (\S+) \S+$/gm)].map((match) =>
    match.slice(1),
  );
  assert.deepEqual(exemplars, [['0.3', `trace_id="${span.traceId}",span_id="${span.spanId}"`, '0.25']]);
  assert.ok(open.body.endsWith('\n# EOF\n'));

  for (const accept of [undefined, '*/*', 'text/plain']) {
    const plain = await metrics.expose(accept);
    assert.equal(plain.contentType, 'text/plain; version=0.0.4; charset=utf-8');
    assert.match(plain.body, /^# HELP cache_requests_total .*\n# TYPE cache_requests_total counter$/m);
    assert.ok(!plain.body.includes(span.traceId) && !plain.body.includes('# EOF'));
    const figures = (body: string) =>
      body.split('\n').filter((line) => /^[a-z]/.test(line) && !/^(process|nodejs)_/.test(line));
    assert.deepEqual(figures(plain.body), figures(open.body.replace(/ # \{.*/g, '')));
  }
});

test('a route is observed with labels made once, and the first 1,000 requests are its warm-up', async () => {
  const metrics = createMetrics('api', build);
  const route = requestObserver(metrics, () => 12.5);
  const [card, sheet] = [route('GET', '/card'), route('GET', '/sheet')];
  for (let request = 0; request < 999; request++) card(200, 0.01);
  const warmUp = async () => (await metrics.expose()).body;
  assert.match(await warmUp(), /^process_warm_up_seconds\{stage="thousand_requests"\} 0$/m);
  sheet(404, 0.01);
  sheet(404, 0.01);
  const body = await warmUp();
  assert.match(body, /^process_warm_up_seconds\{stage="thousand_requests"\} 12.5$/m);
  assert.match(body, /^http_server_warm_up_request_duration_seconds_count 1000$/m);
  assert.match(body, /^http_server_request_duration_seconds_count\{[^}]*"\/card"[^}]*\} 999$/m);
  assert.match(body, /^http_server_request_duration_seconds_count\{[^}]*"\/sheet"[^}]*"404"\} 2$/m);
});

test('the exposition stays small: every route with every status of the API', async () => {
  const metrics = createMetrics('api', build);
  const route = requestObserver(metrics, () => 0);
  const statuses = [200, 201, 202, 204, 400, 401, 403, 404, 409, 413, 429, 499, 500];
  for (let template = 0; template < 30; template++) {
    const observe = route('GET', `/api/v1/a-route-of-a-usual-length/${template}`);
    for (const status of statuses) observe(status, 0.01);
  }
  const { body } = await metrics.expose('application/openmetrics-text');
  const series = body.split('\n').filter((line) => /^http_server_request_duration_seconds/.test(line)).length;
  assert.equal(series, 30 * statuses.length * (METRICS.http_server_request_duration_seconds.buckets.length + 3));
  // 8 MB held the event loop for 1 s where it was seen (field notes): a page is kept under an eighth of that.
  assert.ok(body.length < 1_500_000, `${body.length} bytes`);
});

test('the age at which a process was first ready is noted once', async () => {
  const metrics = createMetrics('worker', build);
  const pages = ['DOWN', 'UP', 'UP'];
  let age = 0;
  const health = notingFirstReady({ readiness: async () => ({ status: pages.shift()! }) }, metrics, () => ++age);
  const noted = async () => {
    await health.readiness();
    return /^process_warm_up_seconds\{stage="ready"\} (\d+)$/m.exec((await metrics.expose()).body)![1];
  };
  assert.deepEqual([await noted(), await noted(), await noted()], ['0', '1', '1']);
});

test('what is counted by labels looked up once is there at every exposition, beside what is counted without', async () => {
  const metrics = createMetrics('api', build);
  const hits = metrics.cacheRequestsTotal.labels('hit');
  const shown = async () => /^cache_requests_total\{outcome="hit"\} (\d+)$/m.exec((await metrics.expose()).body)![1];
  hits.inc();
  metrics.cacheRequestsTotal.labels('hit').inc(2);
  metrics.cacheRequestsTotal.inc({ outcome: 'hit' });
  assert.deepEqual([await shown(), await shown()], ['4', '4']);
  hits.inc();
  assert.equal(await shown(), '5');
});

test('with telemetry off nothing is counted', async () => {
  const metrics = createMetrics('api', build, { TELEMETRY: 'off' });
  metrics.cacheRequestsTotal.inc({ outcome: 'hit' });
  metrics.cacheRequestsTotal.labels('hit').inc();
  requestObserver(metrics, () => 0)('GET', '/x')(200, 0.1);
  const { body } = await metrics.expose();
  assert.ok(!/process_cpu|_bucket\{[^}]*"\/x"/.test(body));
  assert.match(body, /^cache_requests_total\{outcome="hit"\} 0$/m);
});
