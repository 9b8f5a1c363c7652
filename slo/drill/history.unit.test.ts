import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readAllObjectives } from '../objectives/read.ts';
import { readExposition, seriesText } from './exposition.ts';
import { historySeconds, historyText, pastOf, type Reading, ratesOf } from './history.ts';

const objectives = await readAllObjectives(path.join(import.meta.dirname, '../objectives'));
const named = (name: string) => objectives.find((one) => one.name === name)!;

const HTTP = 'http_server_request_duration_seconds';
/** 10 s of 30 requests, 3 of them failed and 6 slow; health checks beside them do not count. */
const reading = (atSeconds: number, ok: number, failed: number, fast: number): Reading => ({
  atSeconds,
  samples: readExposition(
    [
      '# HELP it is a comment',
      `${HTTP}_count{http_route="/api/v1/members/:id",http_response_status_code="200"} ${ok}`,
      `${HTTP}_count{http_route="/api/v1/members/:id",http_response_status_code="500"} ${failed}`,
      `${HTTP}_count{http_route="/actuator/health",http_response_status_code="500"} ${ok}`,
      `${HTTP}_bucket{le="0.3",http_route="/api/v1/members/:id",http_response_status_code="200"} ${fast} # {trace_id="a"} 0.1`,
    ].join('\n'),
  ).map((sample) => ({ ...sample, labels: { ...sample.labels, job: 'api', instance: 'a:1' } })),
});
const [before, after] = [reading(100, 1000, 10, 900), reading(110, 1027, 13, 924)];

test('events a second and the bad ones among them are what lies between two readings', () => {
  assert.deepEqual(ratesOf(named('errors'), before, after), { all: 3, bad: 0.3 });
  const { all, bad } = ratesOf(named('latency'), before, after);
  assert.deepEqual([all, Math.round(bad * 100) / 100], [3, 0.6]);
});

test('the past has every counted series at its rate, all good, as of another process', () => {
  const past = pastOf([named('latency'), named('errors')], before, after);
  const texts = past.map(({ metric, labels: { instance, ...labels }, perSecond }) => {
    assert.equal(instance, 'before a:1');
    return `${seriesText(metric, labels)} ${perSecond}`;
  });
  const route = 'http_route="/api/v1/members/:id",http_response_status_code';
  assert.deepEqual(texts.sort(), [
    `${HTTP}_bucket{${route}="200",job="api",le="0.3"} 2.7`,
    `${HTTP}_bucket{${route}="500",job="api",le="0.3"} 0.3`,
    `${HTTP}_count{${route}="200",job="api"} 2.7`,
    `${HTTP}_count{${route}="500",job="api"} 0.3`,
  ]);
});

test('of a series that is counted as bad there is none in the past', () => {
  const past = pastOf([named('errors')], before, after);
  assert.deepEqual(
    past.map(({ labels }) => labels.http_response_status_code),
    ['200'],
  );
});

test('the history is as long as the longest window, its parts join, and its slices are good', () => {
  // Three days by 60 are 4,320 s.
  assert.equal(historySeconds(60), 4320);
  const past = [{ metric: 'x_count', labels: { job: 'api' }, perSecond: 3 }];
  const part = (fromSeconds: number, toSeconds: number) => {
    const stretch = { beginSeconds: 5680, fromSeconds, toSeconds };
    const text = historyText([named('availability')], past, 60, stretch);
    assert.ok(text.endsWith('\n# EOF\n'));
    return text.split('\n').slice(0, -2);
  };
  const whole = part(5680, 10_000);
  const of = (name: string) => whole.filter((line) => line.startsWith(name)).map((line) => line.split(' ').slice(1));
  assert.deepEqual(of('x_count')[0], ['0', '5680.000']);
  assert.deepEqual(of('x_count').at(-1), [String(3 * 4318), '9998.000']);
  assert.equal(of('slo:slice_good').length, 4320);
  assert.ok(of('slo:slice_good').every(([value]) => value === '1'));
  assert.deepEqual([...part(5680, 9001), ...part(9001, 10_000)].sort(), whole.sort());
});
