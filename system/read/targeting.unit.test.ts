import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filtersOf, targetOf } from './targeting.ts';

const key = { tenantId: 1, classId: 1, date: 1 } as const;

test('the whole key by equality goes to one place, its beginning to some, anything else to all', () => {
  assert.equal(targetOf(key, { tenantId: 't', classId: 'c', date: 'd', mark: 'late' }), 'one');
  assert.equal(targetOf(key, { tenantId: 't', classId: 'c' }), 'some');
  assert.equal(targetOf(key, { tenantId: 't', date: 'd' }), 'some');
  assert.equal(targetOf(key, { classId: 'c', date: 'd' }), 'all');
  assert.equal(targetOf(key, {}), 'all');
});

test('a list of one value is one place, of several it is some; a range ends what can be used', () => {
  assert.equal(targetOf(key, { tenantId: 't', classId: { $in: ['c'] }, date: 'd' }), 'one');
  assert.equal(targetOf(key, { tenantId: 't', classId: { $in: ['c', 'e'] }, date: 'd' }), 'some');
  assert.equal(targetOf(key, { tenantId: { $gt: 'a' }, classId: 'c', date: 'd' }), 'some');
  assert.equal(targetOf(key, { tenantId: { $ne: 'a' } }), 'all');
  assert.equal(targetOf(key, { tenantId: /^a/ }), 'all');
});

test('a hashed field is of use by equality only', () => {
  assert.equal(targetOf({ date: 'hashed' }, { date: '2026-11-22' }), 'one');
  assert.equal(targetOf({ date: 'hashed' }, { date: { $gte: '2026-11-22' } }), 'all');
});

test('conditions inside $and count; $or goes to the places of all its branches', () => {
  assert.equal(targetOf(key, { $and: [{ tenantId: 't' }, { classId: 'c', date: 'd' }] }), 'one');
  assert.equal(targetOf(key, { $or: [{ tenantId: 't' }, { tenantId: 'u' }] }), 'some');
  assert.equal(targetOf(key, { tenantId: 't', $or: [{ classId: 'c' }, { mark: 'late' }] }), 'some');
  assert.equal(targetOf(key, { $or: [{ tenantId: 't' }, { mark: 'late' }] }), 'all');
});

test('the filters of every kind of command are found', () => {
  const filter = { tenantId: 't' };
  const read = { collection: 'c', kind: 'read', filter };
  const write = { collection: 'c', kind: 'write', filter };
  assert.deepEqual(filtersOf({ find: 'c', filter }), [read]);
  assert.deepEqual(filtersOf({ aggregate: 'c', pipeline: [{ $match: filter }, { $group: {} }] }), [read]);
  assert.deepEqual(filtersOf({ aggregate: 'c', pipeline: [{ $group: {} }] }), [{ ...read, filter: {} }]);
  assert.deepEqual(filtersOf({ distinct: 'c', key: 'x', query: filter }), [read]);
  assert.deepEqual(filtersOf({ update: 'c', updates: [{ q: filter }, { q: filter }] }), [write, write]);
  assert.deepEqual(filtersOf({ delete: 'c', deletes: [{ q: filter }] }), [write]);
  assert.deepEqual(filtersOf({ insert: 'c', documents: [filter] }), [write]);
  assert.deepEqual(filtersOf({ findAndModify: 'c', query: filter }), [write]);
  assert.deepEqual(filtersOf({ getMore: 1, collection: 'c' }), []);
  assert.deepEqual(filtersOf({ ping: 1 }), []);
});
