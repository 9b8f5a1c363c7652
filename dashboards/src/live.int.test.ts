// Every query of the pages, asked of a real Prometheus that has the real rules and scrapes every metric of the registry.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { silent } from '../../cli/progress.ts';
import { startPrometheus } from '../../system/local/prometheus.ts';
import { BALANCER_METRICS, METRICS, RUNTIME_METRICS } from '../../system/telemetry/names.ts';
import { prometheusConfig } from '../stack/prometheus.ts';
import type { Dashboard } from './check.ts';
import { PAGES } from './page.ts';

const root = path.join(import.meta.dirname, '../..');
/** Empty while all is well, or for the first minutes: the month is counted in steps of five minutes. */
const MAY_BE_EMPTY = /ALERTS|ratio_month/;

/** Values that the rules look for; any other label gets its own name as value. */
const LABELS: Record<string, string> = {
  http_route: '/api/v1/members/:id',
  http_response_status_code: '200',
  group: 'read-models',
  outcome: 'sent',
};
const FAILED: Record<string, string> = { ...LABELS, http_response_status_code: '500' };
const CHECK_IN: Record<string, string> = { ...LABELS, http_route: '/api/v1/classes/:classId/check-ins' };

/** A registry with every metric that AMS has; `tick` lets the counters and histograms grow. */
function everything(): { registry: Registry; tick(): void } {
  const registry = new Registry();
  const ticks: (() => void)[] = [];
  for (const [name, spec] of Object.entries(METRICS)) {
    const valued = (values: Record<string, string>) =>
      Object.fromEntries(spec.labels.map((label) => [label, values[label] ?? label]));
    const labels = valued(LABELS);
    const common = { name, help: spec.help, labelNames: [...spec.labels], registers: [registry] };
    if (spec.kind === 'counter') {
      const counter = new Counter(common);
      ticks.push(() => counter.inc(labels));
    } else if (spec.kind === 'gauge') new Gauge(common).set(labels, 1);
    else {
      const histogram = new Histogram({ ...common, buckets: [...spec.buckets] });
      ticks.push(
        () => histogram.observe(labels, 0.05),
        () => histogram.observe(valued(FAILED), 0.05),
        () => histogram.observe(valued(CHECK_IN), 0.05),
      );
    }
  }
  for (const [name, labelNames] of Object.entries(BALANCER_METRICS)) {
    const labels = Object.fromEntries(labelNames.map((label) => [label, label]));
    new Gauge({ name, help: name, labelNames: [...labelNames], registers: [registry] }).set(labels, 1);
  }
  for (const name of RUNTIME_METRICS) new Gauge({ name, help: name, registers: [registry] }).set(1);
  return { registry, tick: () => ticks.forEach((tick) => void tick()) };
}

test('every query of the pages is answered by Prometheus, and none is empty without a reason', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'live-'));
  const { registry, tick } = everything();
  const server = createServer(async (_, response) => {
    tick();
    response.setHeader('content-type', registry.contentType).end(await registry.metrics());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target = { address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  const configFile = path.join(dir, 'prometheus.yml');
  const ruleFiles = [path.join(root, 'slo/rules/ams.rules.yaml')];
  const config = prometheusConfig({ targets: { api: [target], worker: [target] }, ruleFiles });
  await writeFile(configFile, config.replace('scrape_interval: 5s', 'scrape_interval: 1s'));
  const prometheus = await startPrometheus({ dir, progress: silent, configFile });
  const ask = async (expr: string) => {
    const query = encodeURIComponent(expr.replaceAll('$__rate_interval', '1m'));
    const answer = await fetch(`${prometheus.url}/api/v1/query?query=${query}`);
    return (await answer.json()) as { status: string; error?: string; data?: { result: unknown[] } };
  };
  try {
    const texts = PAGES.map(({ file }) => readFile(path.join(root, 'dashboards/grafana', file), 'utf8'));
    const pages = (await Promise.all(texts)).map((text) => JSON.parse(text) as Dashboard);
    const exprs = pages.flatMap((page) =>
      [...(page.panels ?? []).flatMap(({ targets = [] }) => targets), ...marks(page)].map(({ expr }) => expr!),
    );
    assert.ok(exprs.length >= 75);
    const open = new Set(exprs);
    // The rules come every 30 s: ask until all have answered. The bound only ends a wait that would never end.
    for (let round = 0; open.size > 0 && round < 90; round++) {
      for (const expr of open) {
        const { status, error, data } = await ask(expr);
        assert.equal(status, 'success', `${expr}: ${error}`);
        if (data!.result.length > 0 || MAY_BE_EMPTY.test(expr)) open.delete(expr);
      }
      if (open.size > 0) await sleep(1000);
    }
    assert.deepEqual([...open], [], 'these answered nothing');
    const alerts = await ask('ALERTS');
    assert.deepEqual(alerts.data?.result, [], 'a Prometheus that has just begun pages nobody');
  } finally {
    await prometheus.stop();
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true, force: true });
  }
});

const marks = ({ annotations }: Dashboard) =>
  (annotations?.list ?? []).flatMap(({ target }) => (target?.expr ? [target] : []));
