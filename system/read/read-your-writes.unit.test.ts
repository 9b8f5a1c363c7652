import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { systemClock as clock } from '../clock.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { readAtLeast } from './read-your-writes.ts';

let metrics: Metrics;
beforeEach(() => {
  metrics = createMetrics('api', { version: 'test', commit: 'test' });
});

/** A reader that sees these versions one after the other, the last one for ever; null is "not there yet". */
function reader(...versions: (number | null)[]) {
  let calls = 0;
  const find = async () => {
    const version = versions[Math.min(calls++, versions.length - 1)]!;
    return version === null ? null : { version };
  };
  return { find, calls: () => calls };
}

async function outcome(): Promise<string | undefined> {
  const { values } = await metrics.readYourWritesTotal.get();
  return values.find(({ value }) => value === 1)?.labels.outcome as string | undefined;
}

test('without a version it reads once and counts nothing', async () => {
  const { find, calls } = reader(null);
  assert.deepEqual(await readAtLeast(find, undefined, { waitMs: 1000, clock, metrics }), {
    document: null,
    stale: false,
  });
  assert.deepEqual([calls(), await outcome()], [1, undefined]);
});

test('a document that is new enough is read once', async () => {
  const { find, calls } = reader(5);
  assert.deepEqual(await readAtLeast(find, 4, { waitMs: 1000, clock, metrics }), {
    document: { version: 5 },
    stale: false,
  });
  assert.deepEqual([calls(), await outcome()], [1, 'fresh']);
});

test('it waits until the version is there', async () => {
  const { find, calls } = reader(null, 1, 2);
  const read = await readAtLeast(find, 2, { waitMs: 600_000, clock, metrics });
  assert.deepEqual(read, { document: { version: 2 }, stale: false });
  assert.deepEqual([calls(), await outcome()], [3, 'waited']);
});

test('when the wait has run out it gives what there is and says that it is stale', async () => {
  let nowMs = 0;
  const clockOfTest = {
    now: clock.now,
    monotonicMs: () => {
      nowMs += 7;
      return nowMs;
    },
  };
  const read = await readAtLeast(reader(1).find, 2, { waitMs: 30, clock: clockOfTest, metrics });
  assert.deepEqual(read, { document: { version: 1 }, stale: true });
  assert.equal(await outcome(), 'stale');
});
