// Small real servers, each with one defect: the doctor must name that one, where it is, and nothing else.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CHECK_IN, closeLast, closeServers, HTTP, healthy, histogram, look, serve, text } from './testing.ts';

after(closeServers);

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
  closeLast();
  await assert.rejects(look(`${gone}/metrics`), { code: 'doctor.unreachable', exitCode: 4, message: /ECONNREFUSED/ });
  await assert.rejects(look(await serve(() => 'no', 503)), { code: 'doctor.unreachable', exitCode: 4, message: /503/ });
  await assert.rejects(look(await serve(() => '\n')), { code: 'doctor.empty', exitCode: 4 });
});
