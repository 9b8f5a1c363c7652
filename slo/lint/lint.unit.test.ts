import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { readSpecs } from './read.ts';
import { judge } from './rules.ts';
import { minutesIn, minutesToFire, minutesToPage } from './spec.ts';

const here = import.meta.dirname;
const load = async (file: string) => ({
  file: path.basename(file),
  text: await readFile(path.join(here, file), 'utf8'),
});
const ams = await load('../objectives/ams.yaml');
const sloth = await load('testdata/autometrics-90.sloth.yaml');
const pyrra = await load('testdata/latency.pyrra.yaml');
const policies = await load('testdata/policies.openslo.yaml');

/** `rule@line:column` of everything found. */
function found(inputs: { file: string; text: string }[], options = {}) {
  const { specs, findings } = readSpecs(inputs);
  return [...findings, ...judge(specs, { maxPageMinutes: 25, ...options })];
}
const rules = (inputs: { file: string; text: string }[], options = {}) =>
  found(inputs, options).map(({ rule }) => rule);
const change = (input: { file: string; text: string }, from: string | RegExp, to: string) => {
  assert.notEqual(input.text.replace(from, to), input.text, 'the test changes something that is there');
  return { ...input, text: input.text.replace(from, to) };
};

test('the objectives of AMS are without fault, and the time to page is the published formula', () => {
  const { specs, findings } = readSpecs([ams]);
  assert.deepEqual([...findings, ...judge(specs, { maxPageMinutes: 25 })], []);
  assert.deepEqual(
    specs.map((spec) => [spec.name, Number(minutesToPage(spec).toFixed(2))]),
    [
      ['availability', 3.96],
      ['latency', 20.4],
      ['errors', 4.32],
    ],
  );
});

test('the 90 % objective of autometrics is refused at its line: its first tier is dead, and an outage pages after 3.6 hours', () => {
  const findings = found([sloth]);
  assert.deepEqual(
    findings.map(({ rule, line, column }) => `${rule}@${line}:${column}`),
    ['dead-tier@7:16', 'late-page@7:16'],
  );
  assert.match(findings[0]!.why, /14\.4.*90 %.*10$/);
  assert.match(findings[1]!.what, /216 min/);
});

test('what Sloth makes of 95 % and 99 % is what was measured with its own output: 44 and 9 minutes', () => {
  for (const [percent, minutes] of [
    [95, 43.2],
    [99, 8.64],
  ] as const) {
    const [spec] = readSpecs([change(sloth, 'objective: 90\n', `objective: ${percent}\n`)]).specs;
    assert.equal(Number(minutesToPage(spec!).toFixed(2)), minutes);
  }
});

test('Pyrra: its windows at four weeks with its waits; buckets it cannot know are a note, and an error when given', () => {
  const [spec] = readSpecs([pyrra]).specs;
  assert.deepEqual(
    spec!.tiers.map((tier) => [
      tier.longMinutes,
      tier.factor,
      tier.forMinutes,
      Number(minutesToFire(spec!, tier).toFixed(1)),
    ]),
    [
      [60, 14, 2, 44],
      [360, 7, 15, 141],
      [1440, 2, 60, 204],
      [5760, 1, 180, 468],
    ],
  );
  assert.deepEqual(rules([pyrra]), ['late-page', 'no-bucket', 'no-runbook']);
  assert.deepEqual(found([pyrra]).filter(({ level }) => level === 'error').length, 2);
  assert.deepEqual(rules([pyrra], { buckets: [0.1, 0.3] }), ['late-page', 'no-runbook']);
  assert.equal(found([pyrra], { buckets: [0.25, 0.5] })[1]!.level, 'error');
});

test('Pyrra scales windows and waits with the period', () => {
  const [spec] = readSpecs([change(pyrra, 'window: 4w', 'window: 2w')]).specs;
  assert.deepEqual(
    spec!.tiers.map(({ longMinutes, forMinutes }) => [longMinutes, forMinutes]),
    [
      [30, 1],
      [180, 8],
      [720, 30],
      [2880, 90],
    ],
  );
});

test('references of OpenSLO are resolved in any order, and fixed factors for a calendar month are refused', () => {
  const { specs } = readSpecs([policies]);
  assert.equal(specs[0]!.counted[0], 'orders_total{code=~"5.."}');
  assert.equal(Number(minutesToPage(specs[0]!).toFixed(2)), 13.64);
  const line = policies.text.split('\n').findIndex((text) => text.includes('threshold: 14.4')) + 1;
  assert.deepEqual(
    found([policies]).map((finding) => `${finding.rule}@${finding.line}:${finding.column}`),
    [`month-length@${line}:16`],
  );
  assert.deepEqual(rules([change(policies, 'duration: 1M', 'duration: 30d')]), []);
  assert.deepEqual(rules([change(policies, 'conditionRef: burns-fast', 'conditionRef: nothing')]), ['malformed']);
});

const broken: [what: string, input: { file: string; text: string }, rule: string][] = [
  ['a tier that can never fire', change(ams, 'factor: 6.8', 'factor: 21'), 'dead-tier'],
  ['stock factors at 95 %', change(ams, 'factor: 6.8', 'factor: 14.4'), 'late-page'],
  ['a threshold between two buckets', change(ams, 'le="0.3"', 'le="0.25"'), 'no-bucket'],
  ['no owner', change(policies, 'labels: { owner: shop }', 'labels: {}'), 'no-owner'],
  [
    'no runbook',
    change(policies, 'annotations: { runbook: https://example.org/orders }', 'annotations: {}'),
    'no-runbook',
  ],
  ['availability as the share of 5xx answers', availabilityBy5xx(), 'shared-counter'],
  ['a query that is no PromQL', change(policies, 'orders_total{code=~"5.."}', 'orders_total{code='), 'bad-query'],
  [
    'a longer window with a larger factor',
    change(ams, 'factor: 3, notify: page', 'factor: 7, notify: page'),
    'contradiction',
  ],
  ['a page for business hours', change(ams, 'severity: sev-2', 'severity: sev-3'), 'contradiction'],
  [
    'a short window longer than the long one',
    change(ams, 'long: 1h, short: 5m, factor: 6.8', 'long: 1h, short: 6h, factor: 6.8'),
    'contradiction',
  ],
  ['a name used twice', change(ams, 'name: errors', 'name: latency'), 'contradiction'],
  [
    'an alert used twice',
    change(ams, 'amsperf/alert: ErrorBudgetBurn', 'amsperf/alert: LatencyBudgetBurn'),
    'contradiction',
  ],
  ['a part of something that is nowhere', partOf('nothing'), 'contradiction'],
  ['a part of itself', partOf('errors'), 'contradiction'],
  ['no YAML', { file: 'x.yaml', text: 'a: [1\nb: }' }, 'malformed'],
  ['an alias without its anchor', { file: 'x.yaml', text: 'a: *b' }, 'malformed'],
  ['something else', { file: 'x.yaml', text: 'hello: 1' }, 'malformed'],
  ['the older OpenSLO', change(ams, 'openslo/v1\nkind: SLO', 'openslo/v1alpha\nkind: SLO'), 'malformed'],
  ['a target in percent', change(ams, 'target: 0.95', 'target: 95'), 'malformed'],
  ['a Sloth objective above 100', change(sloth, 'objective: 90\n', 'objective: 900\n'), 'malformed'],
  ['a Pyrra window that is none', change(pyrra, 'window: 4w', 'window: often'), 'malformed'],
];
for (const [what, input, rule] of broken) {
  test(`${what} is refused as ${rule}, and what else is in the files is still read`, () => {
    const findings = found([input, sloth].slice(0, input.file === sloth.file ? 1 : 2));
    assert.ok(
      findings.some((finding) => finding.rule === rule && finding.file === input.file && finding.level === 'error'),
    );
    if (input.file !== sloth.file) assert.ok(findings.some(({ file }) => file === sloth.file));
  });
}

function availabilityBy5xx() {
  const sli = [
    '      ratioMetric:',
    '        counter: true',
    '        good: { metricSource: { type: Prometheus, spec: { query: \'http_server_request_duration_seconds_count{job="api",http_response_status_code!~"5.."}\' } } }',
    '        total: { metricSource: { type: Prometheus, spec: { query: \'http_server_request_duration_seconds_count{job="api"}\' } } }',
  ].join('\n');
  const metric = / {6}thresholdMetric:[\s\S]*?query: probe_success\{job="probe"\}/;
  const counted = change(ams, metric, sli);
  return change(change(counted, 'Timeslices', 'Occurrences'), /timeSliceTarget: 1\n\s+timeSliceWindow: 15s/, '');
}

test('durations are read in the units of Prometheus, and nothing else is taken for one', () => {
  assert.deepEqual(['1h', '1h30m', '90s', '4w'].map(minutesIn), [60, 90, 1.5, 40320]);
  assert.deepEqual(['', '1', '1M', 5, null, 'h'].map(minutesIn), Array(6).fill(undefined));
});

function partOf(whole: string) {
  const alert = '    amsperf/alert: ErrorBudgetBurn\n';
  return change(ams, alert, `${alert}    amsperf/part-of: ${whole}\n`);
}

test('objectives of several files are judged together, and each contradiction is told at its line', async () => {
  const flows = await load('../objectives/flows/flows.yaml');
  assert.deepEqual(found([flows, ams]), []);
  const findings = found([flows]);
  assert.deepEqual(
    findings.map(({ rule, file }) => `${rule} ${file}`),
    ['contradiction flows.yaml'],
  );
  const place = flows.text.slice(0, flows.text.indexOf('name: check-in-burst')).split('\n').length;
  assert.equal(findings[0]!.line, place);
  assert.match(findings[0]!.what, /part of "latency", which is nowhere/);
});
