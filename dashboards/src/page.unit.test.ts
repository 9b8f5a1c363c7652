import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { checkDashboard, type Dashboard, type Panel } from './check.ts';
import { ON_CALL, PAGES, pageText } from './page.ts';
import { readTargets } from './targets.ts';

const root = path.join(import.meta.dirname, '../..');
const targets = await readTargets(path.join(root, 'slo/objectives'));
const text = pageText(ON_CALL, targets);
const page = () => JSON.parse(text) as Dashboard & { panels: Panel[] };
const panel = (dashboard: { panels: Panel[] }, id: number) => dashboard.panels.find((one) => one.id === id)!;

for (const spec of PAGES) {
  test(`${spec.file} is what dashboards/src says; if not: npm run dashboards -- build`, async () => {
    assert.equal(await readFile(path.join(root, 'dashboards/grafana', spec.file), 'utf8'), pageText(spec, targets));
  });

  test(`${spec.file} is built the same twice, byte for byte`, () => {
    assert.equal(pageText(spec, targets), pageText(spec, targets));
  });

  test(`nothing is wrong with ${spec.file}, it was looked at, and no row has more than five graphs`, () => {
    const dashboard = JSON.parse(pageText(spec, targets)) as Dashboard & { panels: Panel[] };
    const { panels, queries, problems } = checkDashboard(dashboard);
    assert.deepEqual(problems, []);
    assert.ok(panels >= 20 && queries >= panels);
    const perLine = Object.values(Object.groupBy(dashboard.panels, ({ gridPos }) => gridPos!.y));
    assert.ok(perLine.every((line) => line!.length <= 5));
  });
}

test('no panel has the id of a panel of the other page, so that an id in a link says which page it is on', () => {
  const ids = PAGES.flatMap((spec) => (JSON.parse(pageText(spec, targets)) as Dashboard).panels!.map(({ id }) => id));
  assert.equal(new Set(ids).size, ids.length);
});

test('the page answers the four questions in order', () => {
  const { panels } = page();
  const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title);
  assert.deepEqual(
    [...rows.slice(0, 3), rows.at(-1)],
    ['Are users hurt?', 'Are users hurt? Which flow?', 'What changed?', 'What to do?'],
  );
  assert.ok(rows.slice(3, -1).every((title) => title!.startsWith('Which hop?')));
});

test('every objective has a graph, and a line at which the first tier pages', () => {
  const { panels } = page();
  const asked = (slo: string) =>
    panels.filter(({ targets: queries = [] }) =>
      queries.some(({ expr = '' }) => new RegExp(`slo=~?"[^"]*\\b${slo}\\b`).test(expr)),
    );
  for (const { name } of [...targets.whole, ...targets.flows]) assert.ok(asked(name).length > 0, name);
  const [checkIns] = asked('check-in-burst') as [Panel & { fieldConfig: { defaults: { thresholds: object } } }];
  assert.deepEqual(checkIns.fieldConfig.defaults.thresholds, {
    mode: 'absolute',
    steps: [
      { value: null, color: 'green' },
      { value: 0.144, color: 'red' },
    ],
  });
});

test('the dashboard that the alerts name is this page', () => {
  for (const { dashboard } of [...targets.whole, ...targets.flows]) assert.equal(dashboard, `/d/${ON_CALL.uid}`);
});

const expr = (dashboard: { panels: Panel[] }, id: number, to: string) => {
  panel(dashboard, id).targets![0]!.expr = to;
};
const broken: { what: string; breaks(dashboard: ReturnType<typeof page>): void; says: RegExp }[] = [
  { what: 'a metric that nobody exports', breaks: (d) => expr(d, 401, 'max(outbox_age)'), says: /401.*outbox_age/ },
  {
    what: 'a histogram asked without its suffix',
    breaks: (d) => expr(d, 403, 'sum(projection_lag_seconds)'),
    says: /projection_lag_seconds/,
  },
  {
    what: 'a label that the metric has not',
    breaks: (d) => expr(d, 501, 'pg_pool_connections{pool="x"}'),
    says: /no label pool/,
  },
  {
    what: 'a grouping by a label that nobody has',
    breaks: (d) => expr(d, 502, 'sum by (tenant) (mongodb_pool_connections)'),
    says: /tenant/,
  },
  { what: 'text that is no PromQL', breaks: (d) => expr(d, 503, 'sum(('), says: /no PromQL/ },
  { what: 'a query for nothing', breaks: (d) => expr(d, 503, ''), says: /503/ },
  {
    what: 'a legend with a label that nobody has',
    breaks: (d) => (panel(d, 504).targets![0]!.legendFormat = '{{pod}}'),
    says: /pod/,
  },
  { what: 'an id used twice', breaks: (d) => (panel(d, 504).id = 503), says: /id of another/ },
  { what: 'a panel without an id', breaks: (d) => delete panel(d, 504).id, says: /no id/ },
  { what: 'a panel over another', breaks: (d) => panel(d, 504).gridPos!.x--, says: /lies over/ },
  { what: 'a panel without a unit', breaks: (d) => delete panel(d, 504).fieldConfig!.defaults!.unit, says: /no unit/ },
  {
    what: 'a unit that Grafana does not know',
    breaks: (d) => (panel(d, 504).fieldConfig!.defaults!.unit = 'sec'),
    says: /sec/,
  },
  { what: 'a panel without a description', breaks: (d) => delete panel(d, 504).description, says: /no description/ },
  {
    what: 'a graph without a legend',
    breaks: (d) => (panel(d, 504).options!.legend!.showLegend = false),
    says: /no legend/,
  },
  {
    what: 'a latency without the way to its traces',
    breaks: (d) => delete panel(d, 301).targets![0]!.exemplar,
    says: /301.*without its traces/,
  },
  {
    what: 'a fixed data source',
    breaks: (d) => (panel(d, 504).targets![0]!.datasource = { uid: 'abc' }),
    says: /data source/,
  },
  {
    what: 'a hidden annotation',
    breaks: (d) => (d.annotations!.list![0]!.placement = 'inControlsMenu'),
    says: /hidden/,
  },
  {
    what: 'an annotation of nothing',
    breaks: (d) => (d.annotations!.list![0]!.target!.expr = 'deployments'),
    says: /deployments/,
  },
  { what: 'an editable page', breaks: (d) => (d.editable = true), says: /editable/ },
];
for (const { what, breaks, says } of broken) {
  test(`${what} is found`, () => {
    const dashboard = page();
    breaks(dashboard);
    assert.match(checkDashboard(dashboard).problems.join('\n'), says);
  });
}
