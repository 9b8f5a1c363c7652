import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../cli/failure.ts';
import { readPlant } from '../gate/plant/plants.ts';
import { AA_FIRST, KINDS, NEIGHBOUR, STINT_PAIRS } from './defaults.ts';
import { checkKind, nextKind, plantOf } from './kinds.ts';
import { bursts } from './neighbours.ts';

/** The kinds of the first stints of a recording. */
function order(kinds: readonly string[], stints: number, counts: Record<string, number> = {}): string[] {
  return Array.from({ length: stints }, () => {
    const kind = nextKind(kinds, counts);
    counts[kind] = (counts[kind] ?? 0) + STINT_PAIRS;
    return kind;
  });
}

test('equal builds come first, then every kind in turn, equal builds three times as often', () => {
  const first = AA_FIRST / STINT_PAIRS;
  const stints = order(['aa', 'x', 'y'], first + 12);
  assert.deepEqual(stints.slice(0, first), Array(first).fill('aa'));
  assert.deepEqual(stints.slice(first, first + 2), ['x', 'y']);
  const counts: Record<string, number> = {};
  order(['aa', 'x', 'y'], 200, counts);
  assert.ok(Math.abs(counts.aa! / counts.x! - 3) < 0.2 && Math.abs(counts.x! - counts.y!) <= STINT_PAIRS);
});

test('a stint that was cut short does not count', () => {
  assert.equal(nextKind(['aa', 'x', 'y'], { aa: 36, x: 2 * STINT_PAIRS, y: STINT_PAIRS + 1 }), 'y');
});

test('every kind that is recorded by default can be planted', () => {
  for (const kind of KINDS) assert.equal(plantOf(checkKind(kind), 2) === undefined, kind === 'aa');
});

test('a share of CPU becomes milliseconds by what equal builds use', () => {
  assert.deepEqual(plantOf('cpu:5%', 1.87), { kind: 'cpu', ms: 0.0935 });
  assert.deepEqual(plantOf('cpu:2ms', 1.87), readPlant('cpu:2ms'));
  assert.throws(() => plantOf('cpu:5%', undefined), Failure);
  assert.throws(() => checkKind('sleep:1ms'), Failure);
});

test('bursts are the same for a seed and take a quarter of the time', () => {
  const [first, again] = [bursts('a'), bursts('a')];
  let [busy, idle] = [0, 0];
  for (let i = 0; i < 20_000; i++) {
    const { busyMs, idleMs } = first();
    assert.deepEqual({ busyMs, idleMs }, again());
    busy += busyMs;
    idle += idleMs;
  }
  const share = NEIGHBOUR.busyMs / (NEIGHBOUR.busyMs + NEIGHBOUR.idleMs);
  assert.ok(Math.abs(busy / (busy + idle) - share) < 0.005, `${busy / (busy + idle)}`);
});
