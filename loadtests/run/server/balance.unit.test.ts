import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balanceOf, forwardedBy } from './balance.ts';
import { readSamples } from './watch.ts';

test('even shares have no skew, one of two with everything has a skew of 1', () => {
  assert.equal(balanceOf({ a: 1500, b: 1500 }, { a: 500, b: 500 })!.skew, 0);
  const { skew, limit, requests } = balanceOf({ a: 1500, b: 500 }, { a: 500, b: 500 })!;
  assert.equal(skew, 1);
  assert.ok(skew > limit);
  assert.deepEqual(requests, { a: 1000, b: 0 });
});

test('a third less than its share is too uneven with many requests and may be chance with few', () => {
  const many = balanceOf({ a: 2000, b: 1000 }, {})!;
  assert.ok(Math.abs(many.skew - 1 / 3) < 1e-12 && many.skew > many.limit);
  const few = balanceOf({ a: 12, b: 6 }, {})!;
  assert.ok(few.skew < few.limit);
});

test('one instance has no balance, and none that was asked nothing of is uneven', () => {
  assert.equal(balanceOf({ a: 1 }, {}), undefined);
  assert.equal(balanceOf({ a: 7, b: 9 }, { a: 7, b: 9 })!.skew, 0);
});

test('what HAProxy forwarded is summed over backends and statuses', () => {
  const text = [
    '# TYPE haproxy_server_http_responses_total counter',
    'haproxy_server_http_responses_total{proxy="api",server="blue-1",code="2xx"} 70',
    'haproxy_server_http_responses_total{proxy="api",server="blue-1",code="4xx"} 5',
    'haproxy_server_http_responses_total{proxy="any",server="blue-1",code="2xx"} 1',
    'haproxy_server_http_responses_total{proxy="api",server="blue-2",code="2xx"} 80',
    'haproxy_server_http_responses_total{proxy="api",server="green-1",code="2xx"} 9',
    'haproxy_server_bytes_in_total{proxy="api",server="blue-1"} 123',
  ].join('\n');
  assert.deepEqual(forwardedBy(readSamples(text), ['blue-1', 'blue-2']), { 'blue-1': 76, 'blue-2': 80 });
});
