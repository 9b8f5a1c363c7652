import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from './metrics.ts';
import { METRICS, RUNTIME_METRICS } from './names.ts';

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
  assert.match(worker, /^outbox_pending_events 0$/m);
});

test('gauges that are read rather than counted are read at every exposition', async () => {
  const metrics = createMetrics('worker', build);
  let waiting = 3;
  metrics.onExpose(() => metrics.pgPoolConnections.set({ state: 'waiting' }, waiting));
  assert.match((await metrics.expose()).body, /^pg_pool_connections\{state="waiting"\} 3$/m);
  waiting = 5;
  assert.match((await metrics.expose()).body, /^pg_pool_connections\{state="waiting"\} 5$/m);
});
