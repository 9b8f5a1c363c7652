import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShardKey } from '../shard-keys.ts';
import { nameOf, spreadOf, targetsOf } from './judge.ts';

const ID = ['tenantId', 'studentId', 'paymentId'];

test('the operations of one collection are counted by where they would go', () => {
  const read = (filter: object) => ({ ns: 'ams.payment', op: 'query', command: { find: 'payment', filter } });
  const operations = [
    read({ tenantId: 't', studentId: 's' }),
    read({ tenantId: 't' }),
    read({ studentId: 's' }),
    { ns: 'ams.payment', op: 'insert', ninserted: 5, command: { insert: 'payment' } },
    { ns: 'ams.payment', op: 'update', command: { q: { tenantId: 't', studentId: 's' } } },
    { ns: 'ams.payment', op: 'command', command: { aggregate: 'payment', pipeline: [{ $match: { tenantId: 't' } }] } },
    { ns: 'ams.payment', op: 'getmore', command: { getMore: 1 } },
    { ns: 'ams.member_card', op: 'query', command: { find: 'member_card', filter: {} } },
  ];
  assert.deepEqual(targetsOf(operations, 'payment', ID, { tenantId: 1, studentId: 1 }), { one: 7, some: 2, all: 1 });
  assert.deepEqual(targetsOf(operations, 'payment', ID, { _id: 1 }), { one: 5, some: 0, all: 5 });
});

test('who names an _id or a range of them is taken to know the fields that it consists of', () => {
  const filters = [
    { _id: 't/s/p' },
    { _id: { $in: ['t/s/p', 't/s/q'] } },
    { _id: { $gte: 't/s/', $lt: 't/s0' } },
    { _id: { $gte: 't/', $lt: 't0' }, forMonth: '2026-11' },
    { $or: [{ _id: { $gte: 't/s/', $lt: 't/s0' } }, { _id: { $gte: 't/u/', $lt: 't/u0' } }] },
    { _id: { $gte: 't/s1', $lt: 't/s50' } },
  ];
  const operations = filters.map((filter) => ({
    ns: 'ams.payment',
    op: 'query',
    command: { find: 'payment', filter },
  }));
  const of = (key: ShardKey) =>
    operations.map((one) => {
      const targets = targetsOf([one], 'payment', ID, key);
      return (Object.keys(targets) as (keyof typeof targets)[]).find((target) => targets[target] > 0);
    });
  assert.deepEqual(of({ tenantId: 1 }), ['one', 'one', 'one', 'one', 'some', 'one']);
  assert.deepEqual(of({ tenantId: 1, studentId: 1 }), ['one', 'one', 'one', 'some', 'some', 'some']);
  assert.deepEqual(of({ studentId: 1 }), ['one', 'one', 'one', 'all', 'some', 'some']);
  assert.deepEqual(of({ forMonth: 1 }), ['all', 'all', 'all', 'one', 'all', 'all']);
  assert.deepEqual(of({ _id: 1 }), ['one', 'some', 'some', 'some', 'some', 'some']);
});

test('the spread of a key: even, and with one value that has most', () => {
  const even = spreadOf({ values: 4, documents: 40, squares: 400, largest: 10 });
  assert.deepEqual(even, { documents: 40, values: 4, largestShare: 0.25, variation: 0 });
  // 1, 1 and 4 documents: mean 2, variance 2.
  const uneven = spreadOf({ values: 3, documents: 6, squares: 18, largest: 4 });
  assert.equal(uneven.largestShare, 4 / 6);
  assert.ok(Math.abs(uneven.variation - Math.SQRT2 / 2) < 1e-12);
  assert.equal(spreadOf({ values: 0, documents: 0, squares: 0, largest: 0 }).largestShare, 0);
});

test('a key is named by its fields in their order', () => {
  assert.equal(nameOf({ tenantId: 1, _id: 'hashed' }), 'tenantId, _id hashed');
});
