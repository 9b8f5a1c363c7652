import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawPanel, type Line, largest, MAX_LINES, standalone } from './draw.ts';
import type { Panel } from './panels.ts';
import { secondsOf } from './units.ts';

const from = secondsOf('2026-11-20T10:00:00Z');
const span = { fromSeconds: from, toSeconds: from + 3600, stepSeconds: 60 };
const incident = { fromSeconds: from + 600, toSeconds: from + 1200 };
const panel: Panel = { id: 'x', title: 'X', says: 'x', unit: 'percent', queries: [], limit: 0.072 };
const line = (name: string, minutes: number[], value = 0.5): Line => ({
  name,
  samples: minutes.map((minute) => [from + minute * 60, value]),
});
const draw = (lines: Line[]) => drawPanel(panel, lines, span, incident, [{ atSeconds: from + 600, name: 'first bad' }]);
/** Pieces of the lines of a picture: each begins with an M. */
const strokes = (svg: string) =>
  [...svg.matchAll(/aria-label="line">.*?<\/g>/gs)].flatMap(([group]) => group.match(/M[-\d]/g) ?? []).length;

test('a line stops where there is no data and goes on after it', () => {
  assert.equal(strokes(draw([line('a', [0, 1, 2, 3, 4])])), 1);
  assert.equal(strokes(draw([line('a', [0, 1, 2, 20, 21, 22])])), 2);
});

test('times stand in 24 hours and UTC, the incident and its moments are marked, the limit is a dashed line', () => {
  const svg = draw([line('a', [0, 30, 59])]);
  assert.match(svg, />10:00</);
  assert.doesNotMatch(svg, />(AM|PM)</);
  assert.match(svg, /first bad/);
  assert.match(svg, /var\(--shade\)/);
  assert.match(svg, /stroke-dasharray="6 4"/);
});

test('a picture without data says so', () => {
  assert.match(draw([]), /no data for this/);
  assert.doesNotMatch(draw([line('a', [1, 2])]), /no data for this/);
});

test('of too many lines the largest are drawn', () => {
  const lines = Array.from({ length: 9 }, (_, index) => line(`l${index}`, [1, 2], index));
  const { drawn, leftOut } = largest(lines);
  assert.deepEqual([drawn.length, leftOut, drawn[0]!.name], [MAX_LINES, 3, 'l8']);
});

test('a picture for Markdown brings its own colours', () => {
  const svg = standalone(draw([line('a', [1, 2])]));
  assert.match(svg, /^<svg[^>]* xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  assert.match(svg, /<style>[^<]*--line-1: #/);
});
