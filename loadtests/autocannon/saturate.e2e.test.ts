// What we print of a server whose answers are known beforehand, through autocannon.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactQuantile, startTruthServer, watchNeighbours } from '../testdata/start.ts';
import type { Call } from '../workload/plan.ts';
import { type Level, saturate } from './saturate.ts';

const CALLS: Call[] = ['/a', '/b'].map((path) => ({ step: 'read', method: 'GET', path, identity: 0 }));
const QUANTILES = [0.5, 0.75, 0.9, 0.95, 0.99];

test('every percentile of a server that answers after 50 ms is within 2 %, and the rate is connections / 50 ms', async (t) => {
  // A machine that is busy with something else proves nothing: again, eight times at most; a lasting bias fails all of them.
  let level: Level;
  let off: number[];
  let judged = false;
  for (let attempt = 1; ; attempt++) {
    const isQuiet = watchNeighbours();
    const server = await startTruthServer('fixed');
    try {
      const options = { baseUrl: server.baseUrl, headers: [{}], connections: 2 };
      // The command warms up too: the generator's first requests run code that is not compiled yet.
      await saturate(CALLS, { ...options, seconds: 2 });
      const warm = (await server.truth()).durationsMs.length;
      level = await saturate(CALLS, { ...options, seconds: 10 });
      const durationsMs = (await server.truth()).durationsMs.slice(warm);
      off = QUANTILES.map((q) => level.service.quantile(q)! / exactQuantile(durationsMs, q) - 1);
    } finally {
      await server.stop();
    }
    judged ||= isQuiet();
    if (attempt === 8 || off.every((error) => Math.abs(error) < 0.02)) break;
  }
  if (off.some((error) => Math.abs(error) >= 0.02) && !judged) {
    t.skip('the machine was busy with something else eight times');
    return;
  }
  assert.ok(
    off.every((error) => Math.abs(error) < 0.02),
    `p50, p75, p90, p95, p99 are off by ${off.map((error) => error.toFixed(4))}`,
  );
  assert.equal(level.errors, 0);
  assert.ok(level.ratePerSecond > 20 && level.ratePerSecond <= 40.5, `${level.ratePerSecond} requests/s`);
});

test('errors are counted and are no part of the rate', async () => {
  const server = await startTruthServer('failing');
  try {
    const level = await saturate(CALLS, { baseUrl: server.baseUrl, headers: [{}], connections: 4, seconds: 2 });
    assert.ok(Math.abs(level.errors - level.service.count / 20) <= 2, `${level.errors} of ${level.service.count}`);
    const good = (level.ratePerSecond * level.wallMs) / 1000;
    assert.ok(Math.abs(good + level.errors - level.service.count) < 0.5);
  } finally {
    await server.stop();
  }
});

test('a target that is down gives errors and no rate', async () => {
  const level = await saturate(CALLS, { baseUrl: 'http://127.0.0.1:9', headers: [{}], connections: 2, seconds: 1 });
  assert.equal(level.ratePerSecond, 0);
  assert.ok(level.errors > 0);
  assert.equal(level.service.quantile(0.5), Number.POSITIVE_INFINITY);
});

test('an abort ends the load and rejects with its reason', async () => {
  const server = await startTruthServer('failing');
  const abort = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => abort.abort(reason), 500);
  try {
    const options = { baseUrl: server.baseUrl, headers: [{}], connections: 2, seconds: 600, signal: abort.signal };
    await assert.rejects(saturate(CALLS, options), reason);
  } finally {
    await server.stop();
  }
});
