import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { drawPlan, type readModel } from '../workload/ams.ts';
import { openWorkload, type Workload } from '../workload/workload.ts';
import { growthOf, trafficOf } from './traffic.ts';

const root = path.join(import.meta.dirname, '..', '..');
const files = { module: 'loadtests/workload/ams.ts', model: 'loadtests/workload/ams.yaml' };
const { workload, model } = await openWorkload(root, files);
type Model = ReturnType<typeof readModel>;

test('growth is a factor, or months at a rate', () => {
  assert.equal(growthOf('1.5'), 1.5);
  assert.ok(Math.abs(growthOf('8%x12') - 2.518170116818978) < 1e-12);
  assert.equal(growthOf('10%x0'), 1);
});

test('growth makes traffic, users and data larger alike; scale only the data', () => {
  const usual = trafficOf(workload, model, 'average', { seed: '1' });
  const grown = trafficOf(workload, model, 'average', { seed: '1', growth: '1.5', scale: '2' });
  assert.equal(grown.draw.ratePerSecond, 1.5 * usual.draw.ratePerSecond);
  const [before, after] = [usual.model as Model, grown.model as Model];
  assert.equal(after.users.teacher, 1.5 * before.users.teacher);
  assert.equal(after.data.members, 3 * before.data.members);
  assert.notEqual(after.hash, before.hash);
});

test('a load beyond the peak comes from more people: nobody passes the limit of 100 a minute', () => {
  const { model: more, draw } = trafficOf(workload, model, 'breakpoint', { seed: '1' });
  assert.equal((more as Model).users.student, 4 * (model as Model).users.student);
  assert.equal(draw.phases!.at(-1)!.rates[0]!.ratePerSecond, draw.ratePerSecond);
  // The last step, a minute long.
  const { ratePerSecond } = draw;
  const plan = drawPlan(more as Model, { ratePerSecond, durationMs: 60_000, warmUpMs: 0, seed: 1 });
  const counts = new Map<number, number>();
  for (const { identity } of plan.arrivals) counts.set(identity, (counts.get(identity) ?? 0) + 1);
  assert.ok(Math.max(...counts.values()) < 100, `${Math.max(...counts.values())} a minute`);
});

test('a workload that cannot be sized grows in its rate, and says that its data cannot', () => {
  const { sized: _, ...fixed } = workload;
  const grown = trafficOf(fixed as Workload, model, 'average', { seed: '1', growth: '2' });
  assert.equal(grown.draw.ratePerSecond, 200);
  assert.equal((grown.model as Model).users.teacher, (model as Model).users.teacher);
  assert.throws(() => trafficOf(fixed as Workload, model, 'average', { scale: '2' }), { code: 'usage' });
});

test('the same seed draws the same traffic, without one it is another each time', () => {
  const seed = (options: Record<string, string>) => trafficOf(workload, model, 'smoke', options).draw.seed;
  assert.equal(seed({ seed: '7' }), 7);
  assert.notEqual(seed({}), seed({}));
});

const mistakes: Record<string, string>[] = [
  { growth: 'much' },
  { growth: '' },
  { growth: '-1' },
  { growth: '8%' },
  { scale: '0' },
  { arrivals: 'bursty' },
  { seed: '1.5' },
  { seconds: 'x' },
];
for (const options of mistakes) {
  test(`${JSON.stringify(options)} is refused`, () => {
    assert.throws(() => trafficOf(workload, model, 'smoke', options), { code: 'usage', exitCode: 2 });
  });
}
