// Every part and process of the smallest whole system killed, stalled, slowed or cut off in the middle of a load, as the table
// "When a part fails" of system/README.md says: what was acknowledged is there afterwards, the read models catch up, and only
// what must fail does.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cut } from './cut.ts';
import { kill } from './kill.ts';
import { slow } from './slow.ts';
import { stall } from './stall.ts';
import {
  afterwards,
  commands,
  failedInOrder,
  loadThrough,
  metricOfApi,
  noneFailed,
  type Patient,
  reads,
  startPatient,
} from './testing.ts';

let patient: Patient;
before(async () => {
  patient = await startPatient();
});
after(() => patient?.system.stop());

test('an API instance that is killed is not noticed: the balancer asks another one', async () => {
  const { outcomes, during } = await loadThrough(patient, kill, 'api-blue-1');
  noneFailed(during, 'while it is away');
  noneFailed(outcomes, 'before and after');
});

test('an API instance that stalls makes its requests late and loses none', async () => {
  const { outcomes } = await loadThrough(patient, stall, 'api-blue-2');
  noneFailed(outcomes, 'all');
});

test('without the worker commands and reads go on, and the read models catch up when it is back', async () => {
  const { outcomes } = await loadThrough(patient, kill, 'worker');
  noneFailed(outcomes, 'all');
});

test('a worker that stalls makes the read models late, and they catch up when it goes on', async () => {
  const { outcomes } = await loadThrough(patient, stall, 'worker');
  noneFailed(outcomes, 'all');
});

test('without Redis nothing fails', async () => {
  const { outcomes } = await loadThrough(patient, kill, 'part:redis');
  noneFailed(outcomes, 'all');
});

test('a Redis that answers late does not make others late: its breaker opens, nothing fails', async () => {
  const refused = () => metricOfApi(patient.system, 'redis_requests_total{outcome="refused"}');
  const before = await refused();
  const { outcomes } = await loadThrough(patient, slow(200), 'part:redis');
  noneFailed(outcomes, 'all');
  assert.ok((await refused()) > before, 'the breaker was never open');
});

test('while PostgreSQL is down commands fail in order and reads go on; a restart loses nothing', async () => {
  const { during } = await loadThrough(patient, kill, 'part:postgres');
  failedInOrder(commands(during), 'commands');
  noneFailed(reads(during), 'reads');
  noneFailed(await afterwards(patient), 'afterwards');
});

test('cut off from PostgreSQL commands fail in order, and go on when the network does', async () => {
  const { during } = await loadThrough(patient, cut, 'part:postgres');
  failedInOrder(commands(during), 'commands');
  noneFailed(reads(during), 'reads');
  noneFailed(await afterwards(patient), 'afterwards');
});

test('a PostgreSQL that is slow makes commands late and loses none', async () => {
  const { outcomes } = await loadThrough(patient, slow(50), 'part:postgres');
  noneFailed(outcomes, 'all');
});

test('while MongoDB is down commands go on and reads fail in order; afterwards the read models catch up', async () => {
  const { during } = await loadThrough(patient, kill, 'part:mongodb');
  noneFailed(commands(during), 'commands');
  const documents = during.filter(({ step }) => step === 'card' || step === 'sheet');
  failedInOrder(documents, 'reads');
  noneFailed(await afterwards(patient), 'afterwards');
});

test('a MongoDB that is slow makes reads late and loses none', async () => {
  const { outcomes } = await loadThrough(patient, slow(50), 'part:mongodb');
  noneFailed(outcomes, 'all');
});

test('a target that is not there, and a fault that it cannot have, are refused with the names that are known', async () => {
  await assert.rejects(kill(patient.system, 'part:oracle'), {
    code: 'fault.no-target',
    hint: /api-blue-1.*part:postgres/,
  });
  await assert.rejects(slow(5)(patient.system, 'worker'), { code: 'fault.no-link' });
});
