import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHealth } from './health.ts';

const up = { needed: true, ask: async () => 'pong' };
const broken = async () => {
  throw new TypeError('connection refused at 10.0.0.1');
};

test('a process is ready when everything it needs answers, degraded when only an extra is missing', async () => {
  const health = createHealth(
    { postgres: up, redis: { needed: false, ask: broken, state: () => 'breaker open' } },
    1000,
  );
  assert.deepEqual(await health.readiness(), {
    status: 'UP',
    components: {
      process: { status: 'UP' },
      postgres: { status: 'UP' },
      redis: { status: 'DEGRADED', reason: 'TypeError', state: 'breaker open' },
    },
  });
});

test('a needed part that fails or does not answer in time makes it not ready, but alive', async () => {
  for (const ask of [broken, () => new Promise(() => {})]) {
    const health = createHealth({ postgres: up, mongodb: { needed: true, ask } }, 20);
    const page = await health.readiness();
    assert.equal(page.status, 'DOWN');
    assert.equal(page.components.mongodb?.status, 'DOWN');
    assert.equal(page.components.postgres?.status, 'UP');
    assert.equal(health.liveness().status, 'UP');
  }
});

test('a process that stops is not ready, whatever its parts say', async () => {
  const health = createHealth({ postgres: up }, 1000);
  health.stopping();
  assert.equal((await health.readiness()).status, 'DOWN');
  assert.equal(health.liveness().status, 'UP');
});
