import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepsOf, timelineIn } from './bands.ts';
import { counter } from './input-series.ts';

const inLast = (timeline: { all: number; bad: number }[], steps: number) =>
  timeline
    .slice(-steps)
    .reduce((sum, { all, bad }) => ({ all: sum.all + all, bad: sum.bad + bad }), { all: 0, bad: 0 });

test('every reach of a timeline holds what was asked for, events as well as slices', () => {
  const reaches = [
    { minutes: 5, all: 10, bad: 4 },
    { minutes: 60, all: 120, bad: 9 },
    { minutes: 1440, all: 2880, bad: 30 },
  ];
  const [events, slices] = [timelineIn(reaches, 1, false), timelineIn(reaches, 0.5, true)];
  assert.equal(events.length, stepsOf(1));
  for (const { minutes, all, bad } of reaches) {
    const seen = inLast(events, minutes);
    assert.ok(Math.abs(seen.all - all) < 1e-6 && Math.abs(seen.bad - bad) < 1e-6, `${minutes} min`);
    assert.deepEqual(inLast(slices, minutes * 2), { all: minutes * 2, bad });
  }
  assert.throws(() => timelineIn([{ minutes: 5, all: 1, bad: 2 }], 1, false), /no timeline holds/);
});

test('a counter is printed in the notation of promtool: first value, growth, times; a hole where nothing is scraped', () => {
  assert.equal(counter([0, 0, 2, 2, 2, undefined, undefined, 0.5]), '0+0x1 2+2x2 _x2 6.5+0.5x0');
});
