// The planted incident through Prometheus itself: every figure must be the planted one.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { silent } from '../../cli/progress.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { objectivesDir } from '../paths.ts';
import { openSource } from '../source/source.ts';
import { gather } from './gather.ts';
import { findIncident, type Wanted } from './incident.ts';
import { samplesOf } from './keep.ts';
import { logLine, PLANTED, plantedRecording } from './testing.ts';
import { printed, secondsOf } from './units.ts';
import { readRecordFolder, verify } from './verify.ts';
import { writeRecord } from './write.ts';

const signal = new AbortController().signal;
const folder = await mkdtemp(path.join(tmpdir(), 'postmortem-'));
const recording = path.join(folder, 'incident.om');
await writeFile(recording, plantedRecording());
const source = await openSource(recording, { progress: silent, signal });
after(async () => {
  await source.stop();
  await rm(folder, { recursive: true });
});

const objectives = await readAllObjectives(objectivesDir);
const NOW = secondsOf('2026-11-21T09:00:00Z');
const at = (time: string) => secondsOf(`2026-11-20T${time}Z`);
const clock = (seconds: number) => printed(seconds, 'utc');

const log = path.join(folder, 'api.jsonl');
await writeFile(
  log,
  [
    logLine({ time: '10:05:00', tenant: 'academy-1', status: 500 }),
    logLine({ time: '10:06:00', tenant: 'academy-1', status: 500 }),
    logLine({ time: '10:07:00', tenant: 'academy-2', status: 500 }),
    logLine({ time: '10:07:00', tenant: 'academy-3', status: 201 }),
    logLine({ time: '11:07:00', tenant: 'academy-4', status: 500 }),
  ].join('\n'),
);
const reports = path.join(folder, 'reports');
for (const [name, startedAt] of [
  ['near', '2026-11-20T09:50:00.000Z'],
  ['far', '2026-11-20T03:50:00.000Z'],
] as const) {
  await mkdir(path.join(reports, name), { recursive: true });
  const plan = { durationMs: 600_000, ratePerSecond: 40 };
  const run = { schema: 'amsperf/run/v2', scenario: `run-${name}`, startedAt, plan };
  await writeFile(path.join(reports, name, 'result.json'), JSON.stringify(run));
}

async function gathered(wanted: Omit<Wanted, 'nowSeconds'>, files: { log?: string } = {}) {
  const incident = await findIncident(source, objectives, { ...wanted, nowSeconds: NOW });
  const all = await gather(source, incident, { reports, ...files });
  const figures = Object.fromEntries(all.figures.map((figure) => [figure.id, figure.printed]));
  return { ...all, figures, all };
}

/** The incident that most tests look at. */
const burned = await gathered({ alert: 'ErrorBudgetBurn' }, { log });

/** Requests from the first minute that is known until the end of the minute of `until`: 400 each 15 s, and 20 once. */
const requestsUntil = (until: number) => ((until - at('07:01:00')) / 15) * 400 + 20;

test('of an alert every figure is the planted one: newborn series, a restart and an earlier fault do not disturb it', async () => {
  const { figures, incident } = burned;
  assert.equal(incident.objective.name, 'errors');
  assert.equal(incident.severity, 'sev-2');
  const all = requestsUntil(at('10:29:00'));
  const planted = {
    'first-bad': clock(PLANTED.badFrom),
    'last-bad': clock(PLANTED.badTo),
    // Five minutes after the last bad answer nothing bad is in the window of five minutes.
    recovered: clock(PLANTED.badTo + 300),
    lasted: '25 min',
    'to-detect': '4 min 30 s',
    'to-page': '4 min 30 s',
    all: '40,000',
    bad: '6,400',
    'bad-share': '16 %',
    'worst-minute': '20 %',
    'month-all': printed(all, 'count'),
    'month-known': clock(at('07:01:00')),
    'month-bad': '6,420',
    'budget-spent': printed(6400 / (all * 0.005), 'percent'),
    'budget-left': printed(1 - 6420 / (all * 0.005), 'percent'),
    'http-route-1': '6,400',
    'http-response-status-code-1': '6,400',
    'instance-1': '4,000',
    'instance-2': '2,400',
    'log-requests': '3',
    'log-tenants': '2',
    'peak-objective': '20 %',
    'peak-saturation-1': '12',
    'peak-lag': 'no data',
  };
  assert.deepEqual(Object.fromEntries(Object.keys(planted).map((id) => [id, figures[id]])), planted);
});

test('the timeline has alerts, deployment, way back, restart, load test and recovery, each at its own second', async () => {
  const { all, figures } = burned;
  const rows = [...all.alerts.rows, ...all.changes].map(
    ({ figure, text }) => `${figures[figure.id]!.slice(11, 19)} ${text}`,
  );
  const scrape = (seconds: number) => clock(seconds).slice(11, 19);
  assert.deepEqual(rows.sort(), [
    '09:00:00 DiskFull (ticket) fires',
    '09:20:00 DiskFull (ticket) fires for the last time',
    // The first scrapes that saw another version.
    `${scrape(PLANTED.deployed + 15)} api: version 1.5.0 (commit c1.5.0) runs`,
    // A value is looked at every 15 s.
    '10:02:00 balancer: weight of api green from 0 to 26',
    '10:08:30 ErrorBudgetBurn (page, tier 1h) fires',
    '10:11:00 ErrorBudgetBurn (page, tier 6h) fires',
    '10:12:00 api api-2 was started',
    '10:15:00 ErrorBudgetBurn (ticket, tier 1d) fires',
    `${scrape(PLANTED.wayBack + 15)} api: version 1.4.0 (commit c1.4.0) runs again`,
    '10:22:30 balancer: weight of api green from 26 to 0',
    '10:30:00 ErrorBudgetBurn (page, tier 1h) fires for the last time',
    '10:40:30 ErrorBudgetBurn (page, tier 6h) fires for the last time',
    '11:00:15 api api-1 does not answer scrapes',
    '11:00:15 api api-2 does not answer scrapes',
    '11:04:30 AvailabilityBudgetBurn (page, tier 1h) fires',
    '11:06:15 api api-1 answers scrapes again',
    '11:06:15 api api-2 answers scrapes again',
    '11:11:00 AvailabilityBudgetBurn (page, tier 1h) fires for the last time',
  ]);
  assert.deepEqual(
    all.loadTests.map(({ scenario }) => scenario),
    ['run-near'],
  );
});

test('of time slices the bad ones are counted, and the budget is one of slices', async () => {
  const { figures } = await gathered({ alert: 'AvailabilityBudgetBurn' });
  const slices = (at('11:11:00') - at('07:00:00')) / 15;
  const planted = {
    'first-bad': clock(PLANTED.outage.from),
    'last-bad': clock(PLANTED.outage.to),
    recovered: clock(PLANTED.outage.to + 300),
    'to-page': '4 min 30 s',
    all: '44',
    bad: '24',
    down: '6 min',
    'month-all': printed(slices, 'count'),
    'budget-spent': printed(24 / (slices * 0.005), 'percent'),
    'budget-left': printed(1 - 24 / (slices * 0.005), 'percent'),
    // Nobody recorded the probe; of the instances the lowest point is told.
    'peak-up-1': 'no data',
    'peak-up-2': '0',
  };
  assert.deepEqual(Object.fromEntries(Object.keys(planted).map((id) => [id, figures[id]])), planted);
});

test('a span takes the objective whose alert fired in it, or the one that is named', async () => {
  const span = { fromSeconds: at('10:00:00'), toSeconds: at('10:30:00') };
  assert.equal((await findIncident(source, objectives, { span, nowSeconds: NOW })).objective.name, 'errors');
  const { figures, incident } = await gathered({ span, objective: 'latency' });
  // 20 slow ones of each instance at each of 120 scrapes; nothing above the limit of 36 %, so no recovery is claimed.
  assert.equal(incident.end, 'never-over');
  assert.deepEqual([figures.bad, figures.all, figures['bad-share']], ['4,800', '48,000', '10 %']);
  assert.equal(figures.recovered, undefined);
});

test('what cannot be found is said: alert, objective, data', async () => {
  const find = (wanted: Omit<Wanted, 'nowSeconds'>) => findIncident(source, objectives, { ...wanted, nowSeconds: NOW });
  const span = { fromSeconds: at('08:00:00'), toSeconds: at('08:30:00') };
  await assert.rejects(find({ alert: 'LatencyBudgetBurn' }), {
    code: 'postmortem.never-fired',
    hint: /AvailabilityBudgetBurn, DiskFull, ErrorBudgetBurn/,
  });
  await assert.rejects(find({ alert: 'Error"Budget' }), { code: 'postmortem.never-fired' });
  const later = { fromSeconds: at('13:00:00'), toSeconds: at('14:00:00') };
  await assert.rejects(find({ alert: 'ErrorBudgetBurn', span: later }), { code: 'postmortem.never-fired' });
  await assert.rejects(find({ alert: 'DiskFull' }), { code: 'postmortem.no-objective' });
  await assert.rejects(find({ alert: 'ErrorBudgetBurn', objective: 'eror' }), { code: 'postmortem.unknown-objective' });
  await assert.rejects(find({ span }), { code: 'postmortem.no-objective', exitCode: 2 });
  await assert.rejects(find({ span, objective: 'freshness' }), { code: 'postmortem.no-data', exitCode: 4 });
  const before = { fromSeconds: at('01:00:00'), toSeconds: at('02:00:00') };
  await assert.rejects(find({ span: before, objective: 'errors' }), { code: 'postmortem.no-data' });
});

test('a record verifies; one figure altered by hand, in any of its files, is found at its line', async () => {
  const { all } = burned;
  const record = path.join(folder, 'records', '2026-11-20-error-budget-burn');
  await writeRecord(record, all, NOW);
  const files = (await readdir(record, { recursive: true })).sort();
  assert.deepEqual(
    files.filter((file) => !file.startsWith('panels/')),
    ['evidence.html', 'evidence.yaml', 'panels', 'postmortem.md'],
  );
  assert.equal(files.filter((file) => file.startsWith('panels/')).length, 5);

  const checked = await verify(await readRecordFolder(record), source, log);
  assert.deepEqual([checked.differences, checked.notAsked], [[], []]);
  assert.ok(checked.asked >= 40 && checked.places > checked.asked && checked.toWrite >= 8);
  const withoutLog = await verify(await readRecordFolder(record), source);
  assert.deepEqual(withoutLog.notAsked, ['log-requests', 'log-tenants']);

  for (const [file, from, to] of [
    ['postmortem.md', '[6,400](#bad)', '[640](#bad)'],
    ['evidence.html', 'href="#bad">6,400<', 'href="#bad">640<'],
    ['evidence.yaml', 'printed: 6,420', 'printed: 6,421'],
  ] as const) {
    const whole = await readFile(path.join(record, file), 'utf8');
    assert.ok(whole.includes(from), file);
    await writeFile(path.join(record, file), whole.replace(from, to));
    const { differences } = await verify(await readRecordFolder(record), source, log);
    assert.ok(differences.length >= 1, file);
    assert.ok(
      differences.every(({ figure }) => figure === 'bad' || figure === 'month-bad'),
      file,
    );
    const line = whole.slice(0, whole.indexOf(from)).split('\n').length;
    assert.ok(
      differences.some(({ where }) => where === `${file}:${line}` || where === file),
      file,
    );
    await writeFile(path.join(record, file), whole);
  }
});

test('what is kept of a Prometheus answers every figure as it did, and one event more is found', async () => {
  const record = path.join(folder, 'records', '2026-11-20-error-budget-burn');
  const read = await readRecordFolder(record);
  const text = await samplesOf(source, read.evidence.figures);
  assert.ok(text.length < (await readFile(recording, 'utf8')).length, 'only what the figures ask for');
  const verified = async (samples: string) => {
    const file = path.join(folder, 'kept.om.gz');
    await writeFile(file, gzipSync(samples));
    const kept = await openSource(file, { progress: silent, signal });
    try {
      return (await verify(read, kept, log)).differences;
    } finally {
      await kept.stop();
    }
  };
  assert.deepEqual(await verified(text), []);
  const lines = text.split('\n');
  const last = lines.findLastIndex((line) => /_count\{.*"500"/.test(line));
  const [series, value, time] = lines[last]!.split(' ') as [string, string, string];
  const altered = lines.with(last, `${series} ${Number(value) + 1} ${time}`);
  assert.ok((await verified(altered.join('\n'))).some(({ figure }) => figure === 'bad'));
  await writeFile(path.join(folder, 'broken.om.gz'), 'not packed');
  await assert.rejects(openSource(path.join(folder, 'broken.om.gz'), { progress: silent, signal }), {
    code: 'source.malformed',
    exitCode: 2,
  });
});

test('no person of the log is copied into a record', async () => {
  const record = path.join(folder, 'records', '2026-11-20-error-budget-burn');
  for (const file of ['postmortem.md', 'evidence.yaml', 'evidence.html']) {
    const text = await readFile(path.join(record, file), 'utf8');
    for (const secret of ['kim-minji', 'Lee Jun', 'academy-1']) assert.ok(!text.includes(secret), `${file}: ${secret}`);
  }
});

test('the document says who writes what, links every figure to its query, and leaves no picture out', async () => {
  const text = await readFile(path.join(folder, 'records', '2026-11-20-error-budget-burn', 'postmortem.md'), 'utf8');
  for (const part of [
    'sev-2, first response: 15 minutes',
    'slo/runbooks/ErrorBudgetBurn.md',
    '2026-11-22 10:29:00 UTC (within 48 h)',
  ])
    assert.ok(text.includes(part), part);
  for (const [, id] of text.matchAll(/\]\(#([a-z0-9-]+)\)/g)) assert.ok(text.includes(`<a id="${id!}"></a>`), id!);
  for (const [, file] of text.matchAll(/\]\((panels\/[a-z0-9-]+\.svg)\)/g)) {
    const svg = await readFile(path.join(folder, 'records', '2026-11-20-error-budget-burn', file!), 'utf8');
    assert.match(svg, /^<svg.*xmlns=.*<style>/s);
  }
  const sections = [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  assert.deepEqual(sections, [
    'Summary',
    'Impact',
    'Timeline (UTC)',
    'Detection',
    'Cause',
    'Mitigation',
    'Pictures',
    'Lessons',
    'Actions',
    'Figures and their queries',
  ]);
});
