import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unknownIn } from '../compile/known.ts';
import { readPromql } from '../compile/promql.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { objectivesDir } from '../paths.ts';
import { impactFigures, timeFigures, whereFigure, whereLabels } from './facts.ts';
import type { Incident } from './incident.ts';
import { intervalsOf } from './intervals.ts';
import { panelsFor } from './panels.ts';
import { secondsOf } from './units.ts';

const objectives = await readAllObjectives(objectivesDir);
const incidentOf = (name: string, from: string, to: string): Incident => ({
  objective: objectives.find((objective) => objective.name === name)!,
  span: { fromSeconds: secondsOf(from), toSeconds: secondsOf(to) },
  quietFromSeconds: secondsOf(from) - 3600,
  limitShare: 0.072,
  shortWindow: '5m',
  severity: 'sev-2',
  end: 'recovered',
  knownToSeconds: secondsOf(to) + 3600,
});
const inNovember = (name: string) => incidentOf(name, '2026-11-20T10:04:00Z', '2026-11-20T10:29:00Z');

test('of every objective all figures and all pictures are PromQL over series and labels that exist', () => {
  let checked = 0;
  for (const { name } of objectives) {
    const incident = inNovember(name);
    const figures = [
      ...impactFigures(incident),
      ...timeFigures(incident),
      ...whereLabels(incident.objective).map((label) => whereFigure(incident, label, 'a"b', 1)),
    ];
    const panels = panelsFor(incident.objective, '5m', 0.072);
    assert.equal(panels.length, 5, name);
    assert.equal(new Set(panels.map(({ id }) => id)).size, 5, name);
    const queries = [
      ...figures.flatMap((figure) => ('query' in figure ? [figure.query] : [])),
      ...panels.flatMap(({ queries: drawn }) => drawn.map(({ expr }) => expr)),
    ];
    for (const query of queries) {
      const { error, selectors } = readPromql(query);
      assert.equal(error, undefined, query);
      assert.deepEqual(unknownIn(selectors), [], query);
      checked += selectors.length;
    }
    for (const { queries: drawn } of panels) {
      for (const { by, expr } of drawn) if (by) assert.ok(expr.includes(`by (${by})`), expr);
    }
  }
  assert.ok(checked > 200, `${checked} selectors`);
});

test('an incident over the turn of the month counts against the month in which it ended, for its part of it', () => {
  const incident = incidentOf('errors', '2026-10-31T23:50:00Z', '2026-11-01T00:10:00Z');
  const figures = new Map(impactFigures(incident).map((figure) => [figure.id, figure]));
  const spent = figures.get('budget-spent')!;
  assert.deepEqual('of' in spent && spent.of, ['month-own', 'month-all']);
  const rangeOf = (id: string) => {
    const figure = figures.get(id)!;
    return 'query' in figure && /\[(\d+)s:1m\]\)$/.exec(figure.query)?.[1];
  };
  assert.equal(rangeOf('bad'), String(20 * 60 - 30));
  assert.equal(rangeOf('month-own'), String(10 * 60 - 30));
  assert.equal(rangeOf('month-all'), String(10 * 60 - 30));
  assert.ok(!new Map(impactFigures(inNovember('errors')).map(({ id }) => [id, id])).has('month-own'));
});

test('moments close to each other are one interval, in whatever order they come', () => {
  assert.deepEqual(intervalsOf([300, 0, 60, 120, 1000], 180), [
    { fromSeconds: 0, toSeconds: 300 },
    { fromSeconds: 1000, toSeconds: 1000 },
  ]);
  assert.deepEqual(intervalsOf([], 60), []);
});
