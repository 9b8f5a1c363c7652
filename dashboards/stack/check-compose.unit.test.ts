import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCompose } from './check-compose.ts';

const context = {
  exists: (path: string) => path === './there.yml' || path === 'Dockerfile',
  knownVariables: ['DATABASE_URL', 'REPLICA_URL'],
};
const GOOD = `
services:
  db: { image: "postgres:18.4", healthcheck: { test: [CMD, true] }, volumes: ["data:/data"], ports: ["127.0.0.1:5432:5432"] }
  app:
    image: app:local
    build: { context: ., dockerfile: Dockerfile }
    environment: { DATABASE_URL: "postgres://u:p@db:5432/x", REPLICA_URL: }
    volumes: ["./there.yml:/there.yml:ro"]
    ports: ["127.0.0.1:8080:8080"]
    healthcheck: { test: [CMD, true] }
    depends_on:
      db: { condition: service_healthy }
      job: { condition: service_completed_successfully }
      extra: { condition: service_healthy, required: false }
  job: { image: "job:1.0", restart: "no" }
  extra: { image: "extra:1.0", profiles: [more], network_mode: "service:app", healthcheck: { test: [CMD, sh] } }
volumes: { data: }
`;
const problemsOf = (from: string, to: string) => {
  assert.ok(GOOD.includes(from), `the example has no ${from}`);
  return checkCompose(GOOD.replace(from, to), context).problems;
};

test('a file in which everything exists has no problem, and says how much was looked at', () => {
  const { count, problems } = checkCompose(GOOD, context);
  assert.deepEqual(problems, []);
  assert.equal(count, 34);
});

test('each rule finds its own mistake', () => {
  assert.deepEqual(problemsOf('postgres:18.4', 'postgres'), ['db: image postgres is not pinned to a version']);
  assert.deepEqual(problemsOf('postgres:18.4', 'postgres:latest'), [
    'db: image postgres:latest is not pinned to a version',
  ]);
  assert.deepEqual(problemsOf('127.0.0.1:5432:5432', '5432:5432'), ['db: port 5432:5432 is not bound to 127.0.0.1']);
  assert.deepEqual(problemsOf('dockerfile: Dockerfile', 'dockerfile: Gone'), ['app: there is no Gone']);
  assert.deepEqual(problemsOf('./there.yml:', './gone.yml:'), ['app: volume ./gone.yml does not exist']);
  assert.deepEqual(problemsOf('./there.yml:/there.yml:ro', './there.yml:/a", "./there.yml:/a'), [
    'app: two volumes at /a',
  ]);
  assert.deepEqual(problemsOf('volumes: { data: }', 'volumes: {}'), ['db: volume data does not exist']);
  assert.deepEqual(problemsOf('volumes: { data: }', 'volumes: { data: , old: }'), ['volume old: nobody uses it']);
  assert.deepEqual(problemsOf('127.0.0.1:8080:', '127.0.0.1:5432:'), ['app: port 5432 is that of db']);
  assert.deepEqual(problemsOf('service:app', 'service:ap'), ['extra: shares the network of ap, which is no service']);
  assert.deepEqual(problemsOf('REPLICA_URL', 'DATABASE_UR'), [
    'app: the service does not know the variable DATABASE_UR',
  ]);
  assert.deepEqual(problemsOf('@db:5432', '@dbb:5432'), [
    'app: postgres://u:p@dbb:5432/x names no service of this file',
  ]);
  assert.deepEqual(problemsOf('      db: { condition', '      dc: { condition'), [
    'app: depends on dc, which is no service',
  ]);
  assert.deepEqual(problemsOf('healthcheck: { test: [CMD, true] }, volumes', 'volumes'), [
    'db: has no health check, and no x-no-healthcheck that says why',
    'app: waits until db is healthy, which has no health check',
  ]);
  assert.deepEqual(problemsOf('healthcheck: { test: [CMD, true] }, volumes', 'x-no-healthcheck: no shell, volumes'), [
    'app: waits until db is healthy, which has no health check',
  ]);
  assert.deepEqual(problemsOf(', required: false', ''), ['app: depends on extra, which is only in the profile more']);
  assert.deepEqual(problemsOf(', restart: "no"', ', x-no-healthcheck: quick'), [
    'app: waits until job has ended, which does not say restart: "no"',
  ]);
});

test('a file without services counts nothing', () => {
  assert.equal(checkCompose('services: {}', context).count, 0);
});
