import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIds, isSampled, readTraceParent, writeTraceParent } from './trace-parent.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = '00f067aa0ba902b7';

test('a trace parent comes back as it was written', () => {
  for (const sampled of [true, false]) {
    const text = writeTraceParent(traceId, spanId, sampled);
    assert.deepEqual(readTraceParent(text), { traceId, spanId, sampled });
    assert.equal(isSampled(text), sampled);
  }
  assert.equal(isSampled(null), false);
});

test('later versions and other flags are read, what is not valid begins a new trace', () => {
  assert.deepEqual(readTraceParent(`01-${traceId}-${spanId}-03-more`), { traceId, spanId, sampled: true });
  assert.equal(readTraceParent(`00-${traceId}-${spanId}-02`)?.sampled, false);
  const invalid = [
    undefined,
    null,
    '',
    `ff-${traceId}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${traceId}-${spanId}-01x`,
    `00-${traceId.slice(1)}-${spanId}-01`,
  ];
  for (const text of invalid) assert.equal(readTraceParent(text), null, String(text));
});

test('ids are hexadecimal, keep their zeros and do not come twice, beyond one pool of random bytes', () => {
  const ids = createIds();
  const seen = new Set<string>();
  for (let made = 0; made < 5000; made++) {
    const [trace, span] = [ids(16), ids(8)];
    assert.match(trace, /^[\da-f]{32}$/);
    assert.match(span, /^[\da-f]{16}$/);
    seen.add(trace).add(span);
  }
  assert.equal(seen.size, 10_000);
});
