// Payloads of browsers over HTTP: testdata/faro-payload.json is what the Faro web SDK 1.19 puts together, written after its sources
// (core/src/transports/utils.ts, core/src/metas/types.ts, web-sdk/src/instrumentations/webVitals/webVitalsWithAttribution.ts).
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { AmsError } from '../errors.ts';
import { createCollector } from './collect.ts';
import { createLog } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { type OtlpReceiver, startOtlpReceiver } from './testing-otlp.ts';

const OTHER = 'https://pages.example';
const recorded = await readFile(path.join(import.meta.dirname, 'testdata/faro-payload.json'), 'utf8');

let receiver: OtlpReceiver;
let server: Server;
let url: string;
let metrics: Metrics;
let lines: { message: string; traceId: string | null; detail: Record<string, unknown> }[];
let asked: string[];
let allowed: boolean;

before(async () => {
  receiver = await startOtlpReceiver();
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  metrics = createMetrics('api', { version: '1', commit: 'c' });
  lines = [];
  asked = [];
  allowed = true;
  receiver.json.length = 0;
  const collect = createCollector({
    metrics,
    log: createLog({ LOG_LEVEL: 'info' }, 'api', { write: (line) => void lines.push(JSON.parse(line)) }),
    take(address) {
      asked.push(address);
      return { allowed, retryAfterSeconds: 7 };
    },
    origins: [OTHER],
    otlpEndpoint: receiver.endpoint,
    otlpHeaders: 'api-key=s%20e=c, x-team = perf',
  });
  server.removeAllListeners('request');
  server.on('request', (req, res) => {
    collect(req, res).catch((error: AmsError) => {
      if (error.retryAfterSeconds) res.setHeader('Retry-After', error.retryAfterSeconds);
      res.writeHead(error.status ?? 500).end(error.code);
    });
  });
});
after(async () => {
  server.close();
  server.closeAllConnections();
  await receiver.stop();
});

const post = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
const series = async (pattern: RegExp) =>
  (await metrics.expose()).body.split('\n').filter((line) => pattern.test(line));

test('web vitals become histograms in seconds, by page template and version', async () => {
  assert.equal((await post(recorded)).status, 202);
  const labels = 'page="/members/:id/card",version="1.4.2"';
  assert.deepEqual(await series(/^web_vital_.*_sum/), [
    `web_vital_duration_seconds_sum{vital="ttfb",${labels}} 0.3125`,
    `web_vital_duration_seconds_sum{vital="fcp",${labels}} 1.204`,
    `web_vital_duration_seconds_sum{vital="lcp",${labels}} 2.8125`,
    `web_vital_duration_seconds_sum{vital="inp",${labels}} 0.184`,
    `web_vital_layout_shift_sum{${labels}} 0.12`,
  ]);
  assert.deepEqual(await series(/^web_collect_total.*accepted/), ['web_collect_total{outcome="accepted"} 1']);
});

test('an error of a browser is counted and becomes one masked line, with its trace and the run of the load test', async () => {
  await post(recorded);
  assert.deepEqual(await series(/^web_exceptions_total\{/), [
    'web_exceptions_total{page="/members/:id/card",version="1.4.2"} 1',
  ]);
  assert.equal(lines.length, 1);
  const [line] = lines;
  assert.equal(line!.traceId, '0af7651916cd43dd8448eb211c80319c');
  assert.equal(line!.detail.testRunId, 'run-42');
  assert.deepEqual(line!.detail.stack, [
    'renderCard https://ams.example/assets/card.js:41:7',
    '? https://ams.example/assets/app.js:3:1',
  ]);
  assert.match(String(line!.detail.error), /^TypeError: Cannot read 'phone'/);
  for (const secret of ['1234-5678', 'minji', 's3cret']) assert.ok(!JSON.stringify(line).includes(secret), secret);
});

test('spans of a browser go on to the receiver of traces as they are', async () => {
  await post(recorded);
  while (receiver.json.length === 0) await sleep(10);
  const { 'api-key': key, 'x-team': team, 'content-type': type } = receiver.headers.at(-1)!;
  assert.deepEqual([key, team, type], ['s e=c', 'perf', 'application/json']);
  assert.deepEqual(receiver.json, [{ resourceSpans: JSON.parse(recorded).traces.resourceSpans }]);
  while ((await series(/^trace_spans_total\{outcome="exported"\} 1$/)).length === 0) await sleep(10);
});

test('a zipped payload is read, and one that is large only when unzipped is refused', async () => {
  const gzip = { 'content-encoding': 'gzip' };
  assert.equal((await post(gzipSync(recorded), gzip)).status, 202);
  assert.equal((await post(gzipSync(Buffer.alloc(10_000_000, 32)), gzip)).status, 413);
  assert.equal((await post('no zip', gzip)).status, 400);
});

test('what is no payload is refused, and what is unknown in one is left out', async () => {
  const empty = { meta: {} };
  assert.equal((await post(JSON.stringify({ ...empty, surprises: [1] }))).status, 202);
  const bad: unknown[] = [
    null,
    [],
    {},
    { ...empty, measurements: 1 },
    { ...empty, measurements: [{ type: 'web-vitals', values: { lcp: '1' } }] },
    { ...empty, exceptions: [{ type: 1, value: 'x' }] },
    { ...empty, traces: [] },
    { ...empty, exceptions: Array.from({ length: 51 }, () => ({ type: 'E', value: 'x' })) },
  ];
  for (const body of bad) assert.equal((await post(JSON.stringify(body))).status, 400, JSON.stringify(body));
  for (const body of ['', 'no JSON', '{']) assert.equal((await post(body)).status, 400, body);
  assert.equal((await fetch(url)).status, 404);
  const odd = [-1, 1e9].map((lcp) => ({ type: 'web-vitals', values: { lcp } }));
  assert.equal((await post(JSON.stringify({ ...empty, measurements: odd }))).status, 202);
  assert.deepEqual(await series(/^web_vital_duration_seconds_sum/), []);
});

test('a body that is too large is answered with 413, announced or not', async () => {
  const large = Buffer.alloc(300 * 1024, 32);
  assert.equal((await post(large)).status, 413);
  const stream = new ReadableStream({
    start(controller) {
      for (let sent = 0; sent < 5; sent++) controller.enqueue(large.subarray(0, 100 * 1024));
      controller.close();
    },
  });
  const answer = await fetch(url, { method: 'POST', body: stream, duplex: 'half' } as RequestInit);
  assert.equal(answer.status, 413);
  assert.deepEqual(await series(/^web_collect_total.*too_large/), ['web_collect_total{outcome="too_large"} 2']);
});

test('who sends too often is told when to come again, by the address that the balancer saw', async () => {
  allowed = false;
  const answer = await post(recorded, { 'x-forwarded-for': '10.0.0.1, 203.0.113.9' });
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [429, '7']);
  await post(recorded);
  assert.deepEqual(asked, ['203.0.113.9', '127.0.0.1']);
  assert.deepEqual(await series(/^web_vital_duration_seconds_sum/), []);
});

test('pages of allowed origins and of our own host may send, others may not', async () => {
  const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin: OTHER } });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-origin'), OTHER);
  assert.match(preflight.headers.get('access-control-allow-headers')!, /x-faro-session-id/);
  const sent = await post(recorded, { origin: OTHER });
  assert.deepEqual([sent.status, sent.headers.get('access-control-allow-origin')], [202, OTHER]);
  assert.equal((await post(recorded, { origin: url })).status, 202);
  for (const origin of ['https://elsewhere.example', 'null']) {
    const refused = await post(recorded, { origin });
    assert.deepEqual([refused.status, refused.headers.get('access-control-allow-origin')], [403, null], origin);
  }
});

test('however many pages and versions are invented, the series stay few', async () => {
  for (let n = 0; n < 40; n++) {
    const body = JSON.parse(recorded);
    body.meta.page.url = `https://ams.example/${'abcdefghij'[n % 10]}${'klmnopqrst'[Math.floor(n / 10)]}`;
    body.meta.app.version = `9.${n}`;
    assert.equal((await post(JSON.stringify(body))).status, 202);
  }
  const labels = await series(/^web_exceptions_total\{/);
  const values = (label: string) => new Set(labels.map((line) => new RegExp(`${label}="([^"]*)"`).exec(line)![1]));
  assert.deepEqual([values('page').size, values('version').size], [21, 6]);
  assert.ok(values('page').has('other') && values('version').has('other'));
});
