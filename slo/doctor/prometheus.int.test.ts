// Recorded hours and a live Prometheus: the doctor names what is wrong with jobs, rules, counters and buckets.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silent } from '../../cli/progress.ts';
import { startPrometheus } from '../../system/local/prometheus.ts';
import { recordingsFolder, seriesOf } from '../source/testing.ts';
import { CHECK_IN, closeLast, closeServers, HTTP, healthy, look, serve, text } from './testing.ts';

const folder = await recordingsFolder();
after(folder.remove);
after(closeServers);

const AT = Date.UTC(2026, 3, 2) / 1000;
const MINUTES = Array.from({ length: 61 }, (_, minute) => AT - 3600 + minute * 60);
const constant = (name: string, labels: Record<string, string>, value: (at: number) => number) =>
  seriesOf(
    name,
    labels,
    MINUTES.map((at) => [at, value(at)]),
  );
const API = { job: 'api', instance: 'a:1' };
const REQUEST = { ...API, http_request_method: 'GET', http_response_status_code: '200' };
const grown = (at: number) => at - MINUTES[0]!;
/** An hour of an API, a worker and a probe that are well. */
const hour = () => [
  constant('up', API, () => 1),
  constant('up', { job: 'worker', instance: 'w:1' }, () => 1),
  constant('up', { job: 'probe', instance: 'p:1' }, () => 1),
  constant('probe_success', { job: 'probe', instance: 'p:1' }, () => 1),
  // The front door answers late: no fault of what is scraped.
  constant('scrape_duration_seconds', { job: 'probe', instance: 'p:1' }, () => 3),
  constant('scrape_duration_seconds', API, () => 0.02),
  constant('process_start_time_seconds', API, () => 1767225600),
  ...['/api/v1/members', CHECK_IN].flatMap((http_route) => [
    ...['0.3', '0.75', '+Inf'].map((le) => constant(`${HTTP}_bucket`, { ...REQUEST, http_route, le }, grown)),
    constant(`${HTTP}_count`, { ...REQUEST, http_route }, grown),
    constant(`${HTTP}_sum`, { ...REQUEST, http_route }, (at) => grown(at) / 20),
  ]),
  ...['1.5', '+Inf'].map((le) =>
    constant('projection_lag_seconds_bucket', { job: 'worker', instance: 'w:1', le }, grown),
  ),
  constant('projection_lag_seconds_count', { job: 'worker', instance: 'w:1' }, grown),
  constant('notifications_total', { job: 'worker', instance: 'w:1', outcome: 'sent', channel: 'push' }, grown),
  constant('outbox_oldest_pending_age_seconds', { job: 'worker', instance: 'w:1', group: 'read-models' }, () => 0),
  constant('notification_queue_oldest_age_seconds', { job: 'worker', instance: 'w:1', channel: 'push' }, () => 0),
];

test('a recorded hour of a system that is well has nothing wrong; that its rules are not in it is a note', async () => {
  const { exitCode, findings } = await look(await folder.write(hour()));
  assert.deepEqual(
    findings.map(({ level, check }) => [level, check]),
    [['note', 'rules']],
  );
  assert.equal(exitCode, 0);
});

test('in a recorded hour it names the job that is down, the one that is missing, resets without a restart, NaN and a pod without the bucket', async () => {
  const saw = (at: number) => grown(at) % 600;
  const series = hour().flatMap((one) => {
    const { __name__: name, job, http_route: route, le } = one.labels;
    if (job === 'worker') return [];
    if (name === 'up' && job === 'api')
      return [{ ...one, samples: one.samples.map(([at]): [number, number] => [at, 0]) }];
    if (name === `${HTTP}_bucket` && route === CHECK_IN && le === '0.3') return [];
    const isReset = name === `${HTTP}_count` && route === CHECK_IN;
    return [isReset ? { ...one, samples: one.samples.map(([at]): [number, number] => [at, saw(at)]) } : one];
  });
  series.push(constant('scrape_duration_seconds', { job: 'api', instance: 'a:2' }, () => 4));
  series.push(constant(`${HTTP}_sum`, { ...REQUEST, http_route: '/api/v1/x' }, () => Number.NaN));
  const { exitCode, wrong } = await look(await folder.write(series));
  assert.equal(exitCode, 1);
  const said = (check: string) =>
    wrong.filter((finding) => finding.check === check).map(({ where, what }) => `${where}: ${what}`);
  assert.match(said('jobs').join('\n'), /up\{.*a:1.*1 of 1 targets of api do not answer/);
  assert.match(said('jobs').join('\n'), /worker: it is not scraped/);
  assert.match(
    said('counters').join('\n'),
    /_count of \{.*a:1.*it went down 6 times in an hour, and its process began anew 0 times/,
  );
  assert.deepEqual(said('size'), ['{instance="a:2",job="api"}: a scrape takes 4.0 s']);
  assert.match(said('NaN').join('\n'), /_sum: 1 series are not a number/);
  assert.match(said('buckets').join('\n'), /check-ins.*1 of 2 series have no bucket le="0.3"/);
});

test('two processes behind one address, which Prometheus scrapes in turn, are told apart', async () => {
  const series = hour().map((one) =>
    one.labels.__name__ === 'process_start_time_seconds'
      ? { ...one, samples: one.samples.map(([at], index): [number, number] => [at, 1767225600 + (index % 2) * 60]) }
      : one,
  );
  const { wrong } = await look(await folder.write(series));
  assert.deepEqual(
    wrong.map(({ check }) => check),
    ['counters'],
  );
  assert.match(wrong[0]!.what, /two processes answer at one address/);
});

test('a live Prometheus that scrapes a healthy API lacks the probe and the rules, and a target that is gone is named with its error', async () => {
  const target = await serve(() => text(healthy()));
  const dead = await serve(() => '');
  closeLast();
  const configFile = join(folder.dir, 'live.yml');
  const job = (name: string, url: string) =>
    `  - { job_name: ${name}, static_configs: [{ targets: ['${new URL(url).host}'] }] }\n`;
  await writeFile(
    configFile,
    `global: { scrape_interval: 200ms, scrape_timeout: 200ms }\nscrape_configs:\n${job('api', target)}${job('worker', dead)}`,
  );
  const part = await startPrometheus({ dir: join(folder.dir, 'live'), configFile, progress: silent });
  try {
    const scraped = async () => {
      const answer = await fetch(`${part.url}/api/v1/query?query=count(up)`);
      const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      return data.result[0]?.value[1] === '2';
    };
    while (!(await scraped())) await sleep(50);
    const { exitCode, wrong } = await look(part.url);
    assert.equal(exitCode, 1);
    const jobs = wrong.filter(({ check }) => check === 'jobs');
    assert.deepEqual(
      jobs.map(({ where }) => where.replace(/^up\{.*job="(\w+)".*/, '$1')),
      ['probe', 'worker'],
    );
    assert.match(jobs[1]!.what, /1 of 1 targets of worker do not answer: .*connection refused/);
    assert.ok(wrong.some(({ check, what }) => check === 'rules' && /nothing pages/.test(what)));
    assert.ok(!wrong.some(({ check }) => ['buckets', 'units', 'counters', 'NaN', 'size'].includes(check)));
  } finally {
    await part.stop();
  }
});
