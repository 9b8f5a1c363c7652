import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rolesOf } from './roles.ts';

test('without a setting a worker does everything, and publishes only where there is a broker', () => {
  assert.deepEqual([...rolesOf(undefined, 'inprocess')], ['projections', 'statistics', 'notifications', 'jobs']);
  assert.equal(rolesOf(undefined, 'kafka').has('publisher'), true);
});

test('a setting names the roles, and a wrong one is said', () => {
  assert.deepEqual([...rolesOf('publisher, jobs', 'rabbitmq')], ['publisher', 'jobs']);
  assert.throws(() => rolesOf('projection', 'inprocess'), /"projection" is none of projections, statistics/);
  assert.throws(() => rolesOf('', 'inprocess'), /"" is none of/);
  assert.throws(() => rolesOf('publisher', 'inprocess'), /needs EVENTS=rabbitmq/);
});
