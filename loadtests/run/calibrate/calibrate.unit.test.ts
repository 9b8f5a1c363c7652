import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { keptIn } from './calibrate.ts';
import type { Calibration } from './calibration.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ams-perf-calibration-'));
});
after(() => rm(dir, { recursive: true, force: true }));

const calibration: Calibration = {
  ...{ schema: 'amsperf/calibration/v1', ratePerSecond: 100, requests: 500, latenessP50Ms: 0.5, latenessP99Ms: 2 },
  ...{ serviceP50Ms: 0.3, serviceP95Ms: 0.6, serviceP99Ms: 1, cpuMsPerRequest: 0.8, k6: '2.2.0' },
  measuredAt: '2026-01-01T00:00:00.000Z',
};

test('a calibration that is kept is taken, a cut-off, foreign or older one is measured anew', async () => {
  const file = path.join(dir, 'kept.json');
  assert.equal(await keptIn(file), undefined);
  const text = JSON.stringify(calibration);
  await writeFile(file, text);
  assert.deepEqual(await keptIn(file), calibration);
  for (const wrong of [
    text.slice(0, 40),
    '',
    '{}',
    JSON.stringify({ ...calibration, schema: 'amsperf/calibration/v0' }),
  ]) {
    await writeFile(file, wrong);
    assert.equal(await keptIn(file), undefined, wrong);
  }
});
