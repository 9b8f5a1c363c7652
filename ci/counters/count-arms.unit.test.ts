import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import type { Plan } from '../../loadtests/workload/plan.ts';
import type { ModelBase } from '../../loadtests/workload/workload.ts';
import type { Running } from '../../system/local/service.ts';
import type { CountableArm } from './count-arm.ts';
import { countArms } from './count-arms.ts';

test('when one arm does not start, the other one is ended and it is said which and why', async () => {
  let stops = 0;
  const running = { baseUrl: 'http://127.0.0.1:1', processes: [], stop: async () => void stops++ };
  const base: CountableArm = {
    parts: { urls: {} },
    headers: [{}],
    start: async () => Promise.reject(new Error('no such file')),
  };
  const head: CountableArm = { ...base, start: async () => running as unknown as Running };
  const counting = countArms(
    { base, head },
    {
      spec: { counters: { quietMs: 100 }, closedLoopEnv: {} },
      workload: { drawPlan: () => ({ arrivals: [] }) as unknown as Plan },
      model: { averageRatePerSecond: 1 } as ModelBase,
      dir: path.join(tmpdir(), 'counters'),
      progress: silent,
      signal: new AbortController().signal,
    },
  );
  await assert.rejects(counting, { code: 'counters.broken', message: /on base .*no such file/ });
  assert.ok(stops > 0);
});
