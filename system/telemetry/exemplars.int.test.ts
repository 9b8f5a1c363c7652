// The exemplars of a process as a real Prometheus keeps them.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silent } from '../../cli/progress.ts';
import { startPrometheus } from '../local/prometheus.ts';
import { requestObserver } from './http-metrics.ts';
import { createMetrics } from './metrics.ts';
import { createTracing } from './tracing.ts';

test('Prometheus gives back the trace of a slow request, zeros at its front included', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'exemplars-'));
  const metrics = createMetrics('api', { version: '1', commit: 'c' });
  const tracing = createTracing({ endpoint: 'http://127.0.0.1:9', sampleRatio: 0, serviceName: 'x', version: '1' });
  const traceId = '000000000000000000000000000000ab';
  const span = tracing.start('x', { kind: 'server', parent: `00-${traceId}-00f067aa0ba902b7-01` });
  requestObserver(metrics, () => 0)('GET', '/api/v1/members/:id')(200, 0.4, span);

  const server = createServer(async (request, response) => {
    const { contentType, body } = await metrics.expose(request.headers.accept);
    response.setHeader('content-type', contentType).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const configFile = path.join(dir, 'prometheus.yml');
  const { port } = server.address() as AddressInfo;
  await writeFile(
    configFile,
    `global: { scrape_interval: 1s }
scrape_configs: [{ job_name: api, static_configs: [{ targets: ['127.0.0.1:${port}'] }] }]`,
  );
  const prometheus = await startPrometheus({ dir, progress: silent, configFile });
  try {
    const query = 'query=http_server_request_duration_seconds_bucket&start=0&end=9999999999';
    let found: { exemplars: { labels: Record<string, string>; value: string }[] }[] = [];
    // Bounded only so that a wait that would never end does.
    for (let asked = 0; found.length === 0 && asked < 60; asked++) {
      await sleep(500);
      const answer = await fetch(`${prometheus.url}/api/v1/query_exemplars?${query}`);
      found = ((await answer.json()) as { data: typeof found }).data;
    }
    const [exemplar] = found.flatMap(({ exemplars }) => exemplars);
    assert.deepEqual(exemplar?.labels, { trace_id: traceId, span_id: span.spanId });
    assert.equal(exemplar?.value, '0.4');
    const up = await fetch(`${prometheus.url}/api/v1/query?query=cache_requests_total`);
    assert.equal(((await up.json()) as { data: { result: unknown[] } }).data.result.length > 0, true);
  } finally {
    await prometheus.stop();
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true, force: true });
  }
});
