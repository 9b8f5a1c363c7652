import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../cli/failure.ts';
import { instancesConfig, tenantsMap } from './balancer-config.ts';
import { expand, isBalanced } from './expand.ts';
import { readInstances } from './instances.ts';
import type { ServiceSpec } from './service-spec.ts';

const common = { command: ['node', 'x.ts'], port: 'PORT', ready: '/ready', env: { A: '1' } };
const processes: ServiceSpec['processes'] = [
  { ...common, name: 'api', target: true },
  { ...common, name: 'worker', target: false, split: { by: 'ROLES', into: ['one', 'two'] } },
];

test('--instances is a number of the target, or a number by name', () => {
  assert.deepEqual(readInstances('2', processes), { api: 2 });
  assert.deepEqual(readInstances('api=2,worker=3', processes), { api: 2, worker: 3 });
  assert.deepEqual(readInstances(undefined, processes), { api: 1 });
});

for (const wrong of ['0', '-1', '1.5', 'two', '', '17', 'db=2', 'api=', 'api=2,,', 'api=2=3x']) {
  test(`--instances "${wrong}" is a usage failure`, () => {
    assert.throws(
      () => readInstances(wrong, processes),
      (error) => error instanceof Failure && error.exitCode === 2 && /--instances/.test(error.message),
    );
  });
}

test('one of each is what the service file says, without a balancer', () => {
  assert.deepEqual(
    expand({ processes }, {}).map(({ name, server }) => [name, server]),
    [
      ['api', undefined],
      ['worker', undefined],
    ],
  );
  assert.equal(isBalanced({ processes }, { instances: { worker: 3 } }), false);
});

test('several of the target are the blue pool; a second version is the green one, from its own tree', () => {
  const size = { instances: { api: 2 }, green: { instances: 1, checkout: '/other', env: { BUILD_VERSION: '2' } } };
  const [one, two, green, ...rest] = expand({ processes }, size);
  assert.deepEqual(
    [one!.name, one!.server, one!.checkout],
    ['api-blue-1', { pool: 'blue', name: 'blue-1' }, undefined],
  );
  assert.deepEqual([two!.name, two!.env], ['api-blue-2', { A: '1' }]);
  assert.deepEqual([green!.name, green!.checkout], ['api-green-1', '/other']);
  assert.deepEqual(green!.env, { A: '1', BUILD_VERSION: '2' });
  assert.deepEqual(
    rest.map(({ name }) => name),
    ['worker'],
  );
  assert.equal(isBalanced({ processes }, { green: { instances: 1 } }), true);
});

test('a worker that is split has one process for each role, and each of them may be several', () => {
  const split = expand({ processes }, { split: true, instances: { worker: 2 } }).slice(1);
  assert.deepEqual(
    split.map(({ name, env }) => [name, env.ROLES]),
    [
      ['worker-one-1', 'one'],
      ['worker-one-2', 'one'],
      ['worker-two-1', 'two'],
      ['worker-two-2', 'two'],
    ],
  );
});

test('blue has all the weight at first, dedicated pools are backends of their own', () => {
  const at = (name: string) => ({ name, address: `127.0.0.1:1` });
  const text = instancesConfig({
    pools: { blue: [at('blue-1')], green: [at('green-1')] },
    dedicated: { large: [at('large-1')] },
  });
  assert.deepEqual(text.match(/^backend .*/gm), [
    'backend api from checked',
    'backend any from ams',
    'backend large from checked',
  ]);
  assert.equal(text.match(/server blue-1 127\.0\.0\.1:1 weight 100/g)!.length, 2);
  assert.equal(text.match(/server green-1 127\.0\.0\.1:1 weight 0/g)!.length, 2);
  assert.equal(tenantsMap({ tenants: { 'academy-1': 'large' } }), 'academy-1 large\n');
});
