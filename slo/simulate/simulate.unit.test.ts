import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { seeded } from '../../loadtests/workload/random.ts';
import { thresholdIn } from '../compile/faults.ts';
import { type Objective, readAllObjectives } from '../objectives/read.ts';
import { deadTiers, predictedPageMinutes, smallestPagedShare } from './closed-form.ts';
import { BURN_BEFORE, detect } from './detect.ts';
import { episodes, evaluate, type Firing } from './evaluate.ts';
import { readFault, shareAt } from './fault.ts';
import { quietMonths } from './quiet.ts';
import { MAKERS, type Maker, type RuleSet, ruleSet } from './rule-set.ts';
import { SCRAPE_MS } from './run.ts';
import { type Grid, probe, scrape } from './traffic.ts';
import { countedWindows, increase, slicedWindows, type Windows } from './windows.ts';

const objectives = await readAllObjectives(path.join(import.meta.dirname, '../objectives'));
const named = (name: string) => objectives.find((one) => one.name === name)!;
const [availability, latency, errors] = [named('availability'), named('latency'), named('errors')];
const pause = async () => {};
const STEP = { share: 1, seconds: 3600, shape: 'step' } as const;
/** A page waits at most for a scrape and an evaluation more than the formula says. */
const waits = (rules: RuleSet) => (SCRAPE_MS + rules.everyMs) / 60_000;

for (const [objective, share] of [
  [errors, 1],
  [errors, 0.5],
  [errors, 0.2],
  [latency, 1],
  [latency, 0.7],
] as [Objective, number][]) {
  test(`many even events: ${objective.name} with ${share * 100} % bad pages when (1 - target) x factor x window / share says`, async () => {
    for (const maker of MAKERS) {
      const rules = ruleSet(maker, objective, 30);
      const fault = { ...STEP, share, seconds: 3 * 3600 };
      const [found] = await detect({ objective, ratePerSecond: 1000, arrivals: 'even', fault }, [rules], 6, 1, pause);
      // What fails before the fault is in the window, too: the threshold is so much nearer.
      const before = BURN_BEFORE * (1 - objective.target);
      const nearer = rules.tiers.map((tier) => ({ ...tier, threshold: (tier.threshold - before) / (1 - before) }));
      const earliest = predictedPageMinutes({ ...rules, tiers: nearer }, fault)!;
      const { median, most } = found!.pageMinutes!;
      assert.equal(found!.paged, 1);
      assert.ok(
        median >= earliest && most <= earliest + waits(rules) + 0.1,
        `${maker}: ${earliest}, not ${median} to ${most}`,
      );
    }
  });
}

test('the formula gives the published times: 4.32 min at 99.5 %, 21.6 min at 95 %, and 43.2 with the stock factors', () => {
  const stock = (objective: Objective) => ruleSet('Sloth', objective, 30);
  assert.ok(Math.abs(predictedPageMinutes(stock(errors), STEP)! - 4.32) < 1e-9);
  assert.ok(Math.abs(predictedPageMinutes(stock(latency), STEP)! - 43.2) < 1e-9);
  const own = { ...latency, policy: [{ ...latency.policy[0]!, factor: 7.2 }] };
  assert.ok(Math.abs(predictedPageMinutes(ruleSet('ours', own, 30), STEP)! - 21.6) < 1e-9);
  // Published for the stock factors at 95 %: never a page below 30 % slow.
  assert.ok(Math.abs(smallestPagedShare(stock(latency)) - 0.3) < 1e-9);
  assert.equal(predictedPageMinutes(stock(latency), { ...STEP, share: 0.29 }), null);
});

test('a page is never later than in a month of 30 days and sooner in a short one; Sloth and Pyrra know no months', () => {
  const times = (maker: Maker) => [28, 30, 31].map((days) => predictedPageMinutes(ruleSet(maker, errors, days), STEP)!);
  const [short, normal, long] = times('ours');
  assert.ok(Math.abs(short! - (normal! * 28) / 30) < 1e-9);
  assert.equal(long, normal);
  for (const maker of ['Sloth', 'Pyrra'] as const) assert.equal(new Set(times(maker)).size, 1);
  // Published by Pyrra for 28 days: 14 x 1h, and its `for` of 2 minutes; for 30 days both windows grow.
  assert.ok(Math.abs(times('Pyrra')[0]! - (14 * 0.005 * 64 + 2)) < 1e-9);
});

test('a tier that not even everything bad can reach is dead: 14.4 at 90 %, as in a published file', () => {
  assert.deepEqual(deadTiers(ruleSet('Sloth', { ...errors, target: 0.9 }, 30)), ['1h/5m']);
  assert.deepEqual(deadTiers(ruleSet('Sloth', errors, 30)), []);
});

test('without traffic no objective of events pages, and the one of slices does: nobody answers', async () => {
  for (const objective of [errors, latency]) {
    const rules = [ruleSet('ours', objective, 30)];
    const [found] = await detect({ objective, ratePerSecond: 0, arrivals: 'poisson', fault: STEP }, rules, 3, 1, pause);
    assert.equal(found!.noticed, 0);
    assert.equal(found!.pageMinutes, null);
  }
  const rules = ruleSet('ours', availability, 30);
  const of = { objective: availability, ratePerSecond: 0, arrivals: 'poisson', fault: STEP } as const;
  const [found] = await detect(of, [rules], 20, 1, pause);
  assert.equal(found!.paged, 1);
  const slices = Math.floor((thresholdIn(availability, availability.policy[0]!, 30) * 3600_000) / SCRAPE_MS) + 1;
  assert.ok(found!.pageMinutes!.most < ((slices - 1) * SCRAPE_MS) / 60_000 + waits(rules));
  assert.ok(found!.pageMinutes!.median > ((slices - 2) * SCRAPE_MS) / 60_000);
});

test('after a fault that filled the slow page tier the page goes when its short window is mended: 30 min x (1 - threshold)', async () => {
  const rules = ruleSet('ours', errors, 30);
  const of = { objective: errors, ratePerSecond: 1000, arrivals: 'even', fault: STEP } as const;
  const [found] = await detect(of, [rules], 4, 1, pause);
  const expected = 30 * (1 - rules.tiers[1]!.threshold);
  assert.ok(Math.abs(found!.resetMinutes!.median - expected) <= waits(rules) + 0.1, `${found!.resetMinutes!.median}`);
});

test('a month in which every second request fails pages once and does not end; one without a failure never', async () => {
  const rules = [ruleSet('ours', errors, 30)];
  const of = { objective: errors, ratePerSecond: 0.1, arrivals: 'poisson' } as const;
  const [bad] = await quietMonths({ ...of, burn: 100 }, rules, 1, 1, pause);
  assert.deepEqual([bad!.pages, bad!.tickets], [1, 1]);
  const [good] = await quietMonths({ ...of, burn: 0 }, rules, 1, 1, pause);
  assert.deepEqual([good!.pages, good!.tickets, good!.interval[0]], [0, 0, 0]);
});

test('the same seed gives the same months and another seed others', async () => {
  const rules = [ruleSet('Sloth', errors, 30)];
  const of = { objective: errors, ratePerSecond: 0.003, arrivals: 'poisson', burn: 0.6 } as const;
  const run = async (seed: number) => (await quietMonths(of, rules, 2, seed, pause))[0]!;
  assert.deepEqual(await run(7), await run(7));
  assert.notDeepEqual([await run(7), await run(8)][0], await run(8));
});

test('increase() is stretched to the edges, by half a distance where the series is young, and not beyond zero', () => {
  // Samples at 10 s, 25 s, 40 s, 55 s of a window of 60 s.
  assert.equal(increase(100, 45, 15_000, 10_000, 55_000, 0, 60_000), 60);
  // Grew from 0 at the first sample: nothing before it.
  assert.equal(increase(0, 45, 15_000, 10_000, 55_000, 0, 60_000), 50);
  // The series began 40 s after the window: half a distance.
  assert.equal(increase(100, 30, 15_000, 40_000, 70_000, 0, 70_000), 37.5);
});

const grid = (everyMs: number, count: number): Grid => ({ firstMs: 0, everyMs, count });

test('failures that make a series of their own lose their first scrape: nothing is known of what was before it', () => {
  const fault = { ...STEP, fromSeconds: 1800 };
  const scenario = { ratePerSecond: 0.4, arrivals: 'even', badShare: 0, fault } as const;
  const seen = (newSeries?: number) =>
    countedWindows(scrape(seeded('born'), { ...scenario, ...(newSeries && { newSeries }) }, grid(15_000, 241)), 'bad');
  const bad = (windows: Windows, atMs: number) => windows.badShare(atMs, 300_000) * windows.events(atMs, 300_000);
  assert.ok(Math.abs(bad(seen(), 1_815_000) - 6) < 0.2);
  assert.equal(bad(seen(1), 1_815_000), 0);
  // Twelve failures of twelve routes: each of them is the first of its series.
  assert.ok(Math.abs(bad(seen(), 1_830_000) - 12) < 0.2);
  assert.equal(bad(seen(2000), 1_830_000), 0);
});

test('slices: the share of a window is that of its bad scrapes', () => {
  const down = probe(
    seeded('x'),
    { badShare: 0, fault: { ...STEP, seconds: 600, fromSeconds: 1800 } },
    grid(15_000, 240),
  );
  assert.equal(
    down.reduce((sum, one) => sum + one, 0),
    40,
  );
  const windows = slicedWindows(down, grid(15_000, 240), grid(15_000, 240));
  assert.equal(windows.badShare(2_385_000, 600_000), 40 / 41);
  assert.equal(windows.badShare(1_785_000, 600_000), 0);
  assert.equal(windows.nextBadMs(1_785_000, 600_000), 1_800_000);
});

/** A share that is above the threshold in these minutes and 0 in all others. */
function inMinutes(...minutes: number[]): Windows {
  const isBad = (atMs: number) => minutes.includes(atMs / 60_000);
  return {
    events: () => 1000,
    badShare: (atMs) => (isBad(atMs) ? 1 : 0),
    nextBadMs: (atMs) => Math.min(...minutes.map((minute) => minute * 60_000).filter((ms) => ms >= atMs), Infinity),
  };
}

test('an alert with `for` fires when it was above at every evaluation for so long, and ends at the first one below', () => {
  const tier = { name: 't', pages: true, longMs: 1, shortMs: 1, threshold: 0.5, guarded: false, forMs: 120_000 };
  const rules: RuleSet = { maker: 'Pyrra', everyMs: 60_000, tiers: [tier] };
  const found = (...minutes: number[]) =>
    evaluate(rules, inMinutes(...minutes), grid(60_000, 20)).map(({ fromMs, toMs }) => [
      fromMs / 60_000,
      toMs / 60_000,
    ]);
  assert.deepEqual(found(3, 4, 5, 6), [[5, 7]]);
  assert.deepEqual(found(3, 4, 6, 7), []);
  assert.deepEqual(found(17, 18, 19), [[19, Infinity]]);
});

test('tiers that overlap are one page; a gap makes two', () => {
  const [tier] = ruleSet('ours', errors, 30).tiers;
  const firing = (fromMs: number, toMs: number): Firing => ({ tier: tier!, fromMs, toMs });
  assert.deepEqual(episodes([firing(5, 9), firing(1, 6), firing(12, Infinity)]), [
    { fromMs: 1, toMs: 9 },
    { fromMs: 12, toMs: Infinity },
  ]);
});

test('faults are read as share:length:shape, and what is none is refused', () => {
  assert.deepEqual(readFault('0.2:90m'), { share: 0.2, seconds: 5400, shape: 'step' });
  const flapping = readFault('1:1h:flapping');
  assert.deepEqual(
    [shareAt(flapping, 299), shareAt(flapping, 300), shareAt(flapping, 600), shareAt(flapping, 3600)],
    [1, 0, 1, 0],
  );
  assert.equal(shareAt(readFault('0.5:1h:ramp'), 1800), 0.25);
  for (const text of ['2:1h', '0:1h', '0.5', '0.5:x', '0.5:1h:wave', '0.5:1h:step:more']) {
    assert.throws(() => readFault(text), { code: 'usage', exitCode: 2 }, text);
  }
});
