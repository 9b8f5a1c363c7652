import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceOf } from './trace-context.ts';

const randomHex = (bytes: number) => 'e'.repeat(2 * bytes);

test('a valid traceparent is continued with a span of our own, leading zeros kept', () => {
  const traceId = `000${'a'.repeat(29)}`;
  assert.deepEqual(traceOf(`00-${traceId}-${'b'.repeat(16)}-01`, randomHex), { traceId, spanId: 'e'.repeat(16) });
});

test('anything else begins a new trace', () => {
  const broken = [
    undefined,
    '',
    'nonsense',
    `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
    `00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`,
    `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    `00-${'A'.repeat(32)}-${'b'.repeat(16)}-01`,
    `00-${'a'.repeat(31)}-${'b'.repeat(16)}-01`,
  ];
  for (const header of broken) assert.equal(traceOf(header, randomHex).traceId, 'e'.repeat(32), String(header));
});
