// The memory of a soak: one hour at 200 requests a second goes through the fold as it would come from the engine.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Plan } from '../workload/plan.ts';
import { seeded } from '../workload/random.ts';
import { startFold } from './fold.ts';
import { sampleOf } from './samples.ts';

const RATE = 200;
const MINUTE = RATE * 60;
const COUNT = MINUTE * 60;
const STEPS = ['card', 'sheet', 'confirm', 'request', 'enrol', 'rename', 'statistic'];

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Heap and buffers in MiB after a collection. */
function usedMiB(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

test('after its first minute an hour at 200/s needs no more memory: 720,000 samples, all of them in the figures', () => {
  const random = seeded('soak');
  const call = { method: 'GET', path: '/', identity: 0 } as const;
  const arrivals = Array.from({ length: COUNT }, (_, i) => ({
    ...{ ...call, atMs: (i * 1000) / RATE, step: STEPS[i % STEPS.length]! },
  }));
  const drawn = { seed: 1, warmUpMs: 5000, durationMs: 3_600_000, ratePerSecond: RATE, workloadHash: '' };
  const plan: Plan = { schema: 'amsperf/plan/v1', ...drawn, identities: [], arrivals };
  const folding = startFold(plan);
  const used: number[] = [];
  for (let index = 0; index < COUNT; index++) {
    const startMs = arrivals[index]!.atMs;
    // Log-normal around 20 ms, and now and then a second: as many different buckets as a real run has.
    const serviceMs = 20 * Math.exp(2 * (random() + random() - 1)) + (random() < 0.001 ? 1000 : 0);
    folding.add(sampleOf(plan, { index, pickedMs: startMs, startMs, serviceMs, status: 200 })!);
    if ((index + 1) % (10 * MINUTE) === 0 || index + 1 === MINUTE) used.push(usedMiB());
  }
  const { total, windows, missing } = folding.end();
  assert.deepEqual([total.planned, missing], [COUNT - 5 * RATE, 0]);
  assert.equal(windows.list.length, 720);
  const [first, ...later] = used;
  // What grows is bounded, however many requests come: 720 closed windows and 160 blocks, of two or three kilobytes each,
  // and the buckets of the totals. Together less than a tenth of what the plan alone takes.
  for (const [i, mib] of later.entries()) {
    assert.ok(mib - first! < 5, `after ${(i + 1) * 10} min ${mib.toFixed(1)} MiB, after 1 min ${first!.toFixed(1)}`);
  }
});
