// Small real servers, each with one defect: the doctor must name that one, where it is, and nothing else.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silent } from '../../cli/progress.ts';
import { startPrometheus } from '../../system/local/prometheus.ts';
import { recordingsFolder, seriesOf } from '../source/testing.ts';
import { doctor } from './command.ts';
import type { Finding } from './finding.ts';

const folder = await recordingsFolder();
after(folder.remove);
const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

async function serve(body: (scrape: number) => string, status = 200): Promise<string> {
  let scrapes = 0;
  const server = createServer(({ url }, response) => {
    if (url === '/metrics') scrapes++;
    response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4' }).end(body(scrapes));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function look(target: string, nowSeconds = Date.now() / 1000) {
  const outcome = await doctor(
    { words: [target], options: { wait: '0.01' }, json: true, progress: silent, signal: new AbortController().signal },
    nowSeconds,
  );
  const { findings } = outcome.data as { findings: Finding[] };
  return { ...outcome, findings, wrong: findings.filter(({ level }) => level === 'wrong') };
}

const HTTP = 'http_server_request_duration_seconds';
const CHECK_IN = '/api/v1/classes/:classId/check-ins';
interface Shape {
  bounds?: string[];
  sum?: number;
  labels?: string;
}
/** One histogram of 100 requests that all took less than the smallest bound. */
function histogram(route: string, { bounds = ['0.1', '0.3', '0.75', '+Inf'], sum = 5, labels = '' }: Shape = {}) {
  const own = `http_request_method="GET",http_route="${route}",http_response_status_code="200"${labels}`;
  return [
    ...bounds.map((le) => `${HTTP}_bucket{${own},le="${le}"} 100`),
    `${HTTP}_sum{${own}} ${sum}`,
    `${HTTP}_count{${own}} 100`,
  ];
}
/** An API as it should be. */
const healthy = () => [
  '# TYPE process_start_time_seconds gauge',
  'process_start_time_seconds 1767225600',
  `# TYPE ${HTTP} histogram`,
  ...histogram('/api/v1/members'),
  ...histogram(CHECK_IN),
];
const text = (lines: string[]) => `${lines.join('\n')}\n`;

test('a process as it should be has nothing wrong, with its own address or that of its /metrics', async () => {
  const url = await serve(() => text(healthy()));
  for (const address of [url, `${url}/metrics`, `${url}/`]) {
    const { exitCode, findings } = await look(address);
    assert.deepEqual(findings, []);
    assert.equal(exitCode, 0);
  }
});

const without = (lines: string[], part: string) => lines.filter((line) => !line.includes(part));
const defects: { what: string; body: (scrape: number) => string; check: string; expect: RegExp }[] = [
  {
    what: 'a bucket that no series has',
    body: () => text(without(healthy(), 'le="0.3"')),
    check: 'buckets',
    expect: /2 of 2 series have no bucket le="0.3".*objective latency.*silent/,
  },
  {
    what: 'a bucket that one series of two lacks',
    body: () =>
      text([
        `# TYPE ${HTTP} histogram`,
        ...histogram('/api/v1/members', { bounds: ['0.25', '0.75', '+Inf'] }),
        ...histogram(CHECK_IN),
      ]),
    check: 'buckets',
    expect: /1 of 2 series have no bucket le="0.3".*50 % of the series/,
  },
  {
    what: 'a bound that is written otherwise',
    body: () => text(healthy().map((line) => line.replace('le="0.3"', 'le="0.30"'))),
    check: 'buckets',
    expect: /le="0.30" is written where objective latency asks for le="0.3"/,
  },
  {
    what: 'a native histogram without classic buckets',
    body: () => text(healthy().filter((line) => !/le="0/.test(line))),
    check: 'buckets',
    expect: /2 of 2 series have no classic bucket: a native histogram/,
  },
  {
    what: 'milliseconds in a histogram of seconds, seen by its mean',
    body: () => text(healthy().map((line) => line.replace(/(_sum\{.*\}) 5/, '$1 25000'))),
    check: 'units',
    expect: /mean is 250 s: milliseconds/,
  },
  {
    what: 'bounds of milliseconds in a histogram of seconds',
    body: () =>
      text([
        ...healthy(),
        '# TYPE other_seconds histogram',
        ...['100', '300', '1000'].map((le) => `other_seconds_bucket{le="${le}"} 1`),
        'other_seconds_count 1',
        'other_seconds_sum 90',
      ]),
    check: 'units',
    expect: /largest bound is 1000/,
  },
  {
    what: 'a histogram that says milliseconds',
    body: () =>
      text([
        ...healthy(),
        '# TYPE other_milliseconds histogram',
        'other_milliseconds_bucket{le="300.5"} 1',
        'other_milliseconds_count 1',
        'other_milliseconds_sum 90',
      ]),
    check: 'units',
    expect: /name says that it does not count seconds/,
  },
  {
    what: 'a counter that goes down while its process goes on',
    body: (scrape) =>
      text(healthy().map((line) => (scrape === 2 ? line.replace(/(_count\{.*check-ins.*\}) 100/, '$1 40') : line))),
    check: 'counters',
    expect: /1 counters went down between two scrapes, and the process did not begin anew/,
  },
  {
    what: 'a counter that vanishes',
    body: (scrape) => text(scrape === 2 ? without(healthy(), 'check-ins') : healthy()),
    check: 'counters',
    expect: /5 counters were there at the first scrape and not at the second/,
  },
  {
    what: 'a metric without a label that the rules select by',
    body: () => text(healthy().map((line) => line.replace(',http_response_status_code="200"', ''))),
    check: 'labels',
    expect: /none of its 2 series has the label http_response_status_code, which objective errors/,
  },
  {
    what: 'a worker without a metric of an objective',
    body: () =>
      text([
        '# TYPE projection_lag_seconds histogram',
        '# TYPE outbox_oldest_pending_age_seconds gauge',
        'outbox_oldest_pending_age_seconds{group="read-models"} 0',
        '# TYPE notification_queue_oldest_age_seconds gauge',
        'notification_queue_oldest_age_seconds{channel="push"} 0',
      ]),
    check: 'labels',
    expect: /it is not exposed, and objective notifications counts it/,
  },
  {
    what: 'another program',
    body: () => text(['# TYPE other gauge', 'other 1']),
    check: 'labels',
    expect: /no metric of any objective is exposed here/,
  },
  {
    what: 'NaN',
    body: () => text([...healthy(), '# TYPE share gauge', 'share{a="b"} NaN']),
    check: 'NaN',
    expect: /1 series are not a number/,
  },
  {
    what: 'a series that is given twice',
    body: () => text([...healthy(), '# TYPE share gauge', 'share{a="1",b="2"} 1', 'share{a="1",b="2"} 2']),
    check: 'series',
    expect: /1 series are given twice/,
  },
  {
    what: 'a line that is no sample',
    body: () => text([...healthy(), 'share{a=b} 1']),
    check: 'format',
    expect: /1 lines are no samples: Prometheus refuses the whole scrape/,
  },
  {
    what: 'paths instead of route templates',
    body: () => text([...healthy(), ...histogram('/api/v1/members/4711')]),
    check: 'values',
    expect: /values hold ids: \/api\/v1\/members\/4711/,
  },
  {
    what: 'a label with a value for every user',
    body: () =>
      text([
        ...healthy(),
        '# TYPE logins_total counter',
        ...Array.from({ length: 201 }, (_, user) => `logins_total{user="u${user}"} 1`),
      ]),
    check: 'values',
    expect: /201 values, each of them a series for ever/,
  },
  {
    what: 'three megabytes of metrics',
    body: () => text([...healthy(), ...Array.from({ length: 3000 }, (_, at) => `# HELP m${at} ${'x'.repeat(1000)}`)]),
    check: 'size',
    expect: /3\.0 MB in 13 series.*8 MB block an event loop for about 1 s/,
  },
];
for (const { what, body, check, expect } of defects) {
  test(`${what}: named, and nothing else is`, async () => {
    const { exitCode, wrong } = await look(await serve(body));
    assert.equal(exitCode, 1);
    assert.deepEqual([...new Set(wrong.map((finding) => finding.check))], [check]);
    assert.match(wrong[0]!.what, expect);
    assert.ok(wrong[0]!.where.length > 0 && wrong[0]!.todo.length > 0);
  });
}

test('a restart between the two scrapes is no counter that goes down', async () => {
  const url = await serve((scrape) =>
    text(
      healthy().map((line) =>
        scrape === 2 ? line.replace('1767225600', '1767225900').replace(/(count\{.*\}) 100/, '$1 1') : line,
      ),
    ),
  );
  assert.deepEqual((await look(url)).findings, []);
});

test('what does not answer, answers with an error or exposes nothing ends with exit code 4', async () => {
  const gone = await serve(() => '');
  servers.pop()!.close();
  await assert.rejects(look(`${gone}/metrics`), { code: 'doctor.unreachable', exitCode: 4, message: /ECONNREFUSED/ });
  await assert.rejects(look(await serve(() => 'no', 503)), { code: 'doctor.unreachable', exitCode: 4, message: /503/ });
  await assert.rejects(look(await serve(() => '\n')), { code: 'doctor.empty', exitCode: 4 });
});

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
  servers.pop()!.close();
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
