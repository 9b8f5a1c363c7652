import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT } from '../../../cli/exit.ts';
import { Failure } from '../../../cli/failure.ts';
import { harderPlant, PLANT_EXAMPLES, type Plant, plantText, plantWord, readPlant } from './plants.ts';

const KNOWN: [word: string, plant: Plant][] = [
  ['delay:20ms', { kind: 'delay', ms: 20 }],
  ['cpu:0.14ms', { kind: 'cpu', ms: 0.14 }],
  ['query:2', { kind: 'query', count: 2, on: 'postgres' }],
  ['query:1:mongodb', { kind: 'query', count: 1, on: 'mongodb' }],
  ['alloc:1048576B', { kind: 'alloc', bytes: 1048576 }],
  ['noindex', { kind: 'noindex', collection: null }],
  ['noindex:attendance_sheet', { kind: 'noindex', collection: 'attendance_sheet' }],
  ['nocache', { kind: 'nocache' }],
  ['lock:10ms', { kind: 'lock', ms: 10 }],
  ['tail:5%:60ms', { kind: 'tail', share: 0.05, ms: 60 }],
  ['late:20ms:after=1500', { kind: 'late', ms: 20, after: 1500 }],
];

for (const [word, plant] of KNOWN) {
  test(`"${word}" is read and written back`, () => {
    assert.deepEqual(readPlant(word), plant);
    assert.equal(plantWord(plant), word);
    assert.ok(plantText(plant).length > 0);
  });
}

test('bytes are read in their binary units', () => {
  assert.deepEqual(readPlant('alloc:256KiB'), { kind: 'alloc', bytes: 262_144 });
  assert.deepEqual(readPlant('alloc:3MiB'), { kind: 'alloc', bytes: 3_145_728 });
});

test('what --help shows of every kind is understood', () => {
  assert.deepEqual(
    PLANT_EXAMPLES.map(({ example }) => readPlant(example).kind).sort(),
    [...new Set(KNOWN.map(([, { kind }]) => kind))].sort(),
  );
});

test('a harder plant is twice as hard and can be written', () => {
  assert.equal(plantWord(harderPlant(readPlant('tail:5%:60ms'))), 'tail:5%:120ms');
  assert.equal(plantWord(harderPlant(readPlant('query:1:mongodb'))), 'query:2:mongodb');
  assert.equal(plantWord(harderPlant(readPlant('nocache'))), 'nocache');
});

for (const word of [
  '',
  'sleep:20ms',
  'constructor:1',
  'delay',
  'delay:20',
  'delay:0ms',
  'delay:99999ms',
  'delay:20ms:5%',
  'cpu:-1ms',
  'query:0',
  'query:1:redis',
  'query:5000',
  'alloc:1GiB',
  'alloc:300MiB',
  'noindex:a b',
  'nocache:all',
  'tail:120%:60ms',
  'tail:60ms',
  'late:20ms',
  'late:20ms:after=x',
]) {
  test(`"${word}" is a usage error with a hint`, () => {
    assert.throws(
      () => readPlant(word),
      (error) => error instanceof Failure && error.exitCode === EXIT.usage && error.hint.length > 0,
    );
  });
}
