import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packed, type Read, unpacked } from './packed.ts';
import type { Arrival } from './plan.ts';

function there(arrivals: Arrival[]) {
  const [first, ...lines] = [...packed(arrivals)].join('').trimEnd().split('\n');
  const reads = JSON.parse(first!) as Read[];
  return { reads, back: lines.map((line) => unpacked(line, (place) => reads[place]!)) };
}

test('what an engine must send comes back from the lines as it was, to the microsecond', () => {
  const arrivals: Arrival[] = [
    { atMs: 1.2344999, step: 'card', method: 'GET', path: '/members/1', identity: 3, journey: 'looks', visit: 9 },
    {
      atMs: 2,
      step: 'rename',
      method: 'PATCH',
      path: '/members/1',
      identity: 4,
      key: 'k\n"1',
      body: '{"name":"a\\nb"}',
    },
    { atMs: 3, step: 'poke', method: 'POST', path: '/poke', identity: 0 },
    { atMs: 4, step: 'search', method: 'GET', path: '/search', identity: 0, body: '{}' },
  ];
  const { back } = there(arrivals);
  assert.deepEqual(back, [
    { atMs: 1.234, step: 'card', method: 'GET', path: '/members/1', identity: 3 },
    ...arrivals.slice(1),
  ]);
});

test('a read that comes often is written down once', () => {
  const arrivals = Array.from({ length: 25_000 }, (_, n): Arrival => {
    return { atMs: n, step: 'card', method: 'GET', path: `/members/${n % 7}`, identity: n % 5 };
  });
  const { reads, back } = there(arrivals);
  assert.equal(reads.length, 7);
  assert.deepEqual(back, arrivals);
});

test('steps of the same path keep their names', () => {
  const read = { atMs: 0, method: 'GET', path: '/', identity: 0 } as const;
  const { back } = there([
    { ...read, step: 'one' },
    { ...read, step: 'two' },
  ]);
  assert.deepEqual(
    back.map(({ step }) => step),
    ['one', 'two'],
  );
});
