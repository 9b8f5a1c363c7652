// One alert from the fault to the webhook and back: a real service, Prometheus with the scaled rules, Alertmanager with the scaled
// routes. The service counts exactly what the clock says, so the page's time is known beforehand.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import { scratchDir } from '../../system/local/parts.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { drill } from './drill.ts';
import { pastOf, ratesOf } from './history.ts';
import { readTwice } from './readings.ts';
import { startCounting } from './testing.ts';

const objectives = await readAllObjectives(path.join(import.meta.dirname, '../objectives'));
const PER_SECOND = 400;
const SCALE = 60;
const now = () => Date.now() / 1000;

test('errors are told once, when the formula says, and their end is told', async () => {
  const { signal } = new AbortController();
  const objective = objectives.find(({ name }) => name === 'errors')!;
  const service = await startCounting(now, PER_SECOND);
  const scratch = await scratchDir();
  try {
    const targets = { jobs: { api: [service.address], worker: [service.address], probe: [service.address] } };
    const [before, after] = await readTwice(targets, 2, { now, signal });
    const { all, bad } = ratesOf(objective, before, after);
    // Two routes are counted.
    assert.ok(Math.abs(all / (2 * PER_SECOND) - 1) < 0.1 && bad === 0, `${all} and ${bad} events a second`);
    const result = await drill(
      {
        objective,
        fault: 'errors',
        what: 'every request is answered 500',
        badShare: 1,
        delaySeconds: 0,
        instance: service.address,
        eventsPerSecond: all,
        async inject() {
          service.fail(1);
          return { end: async () => service.fail(0) };
        },
      },
      {
        objectives,
        targets,
        past: pastOf(objectives, before, after),
        scale: SCALE,
        holdSeconds: 8,
        dir: scratch.dir,
        now,
        progress: silent,
        signal,
      },
    );
    // 7.2 % of 60 s are 4.3 s; then the next scrape and evaluation (1 s each at most) and the group's wait of 0.5 s.
    assert.ok(result.predicted.pageAfter! > 4.8 && result.predicted.pageAfter! < 7.4, JSON.stringify(result.predicted));
    assert.equal(result.alert, 'ErrorBudgetBurn');
    assert.ok(result.actual.pageAfter! > 4.3, 'not before the formula says');
    assert.equal(result.notifications, 1);
    // The slower tier fires on when the faster one has ended, and tells nobody.
    assert.deepEqual(result.tiers.slice(0, 2), ['1h', '6h']);
    assert.equal(result.afterwards, 0);
    assert.deepEqual(result.alsoPaged, []);
    assert.ok(result.actual.resolvedAfter! > result.heldSeconds);
  } finally {
    await service.stop();
    await scratch.remove();
  }
});
