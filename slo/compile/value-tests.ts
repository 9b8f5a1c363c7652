// An objective in, the tests out that every recorded figure is the one that is known: share, count and lower bound of each window. Pure.
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import { SNAPSHOT_DAYS, stepOf, stepsOf, timelineIn } from './bands.ts';
import { LONG_WINDOWS, WINDOWS } from './catalogue.ts';
import { budgetOf } from './check.ts';
import { minutesOf, type Timeline } from './faults.ts';
import { LEAST_BAD, sureShare } from './guard.ts';
import { near } from './month-tests.ts';
import type { ExpressionTest, RuleTest } from './rule-test.ts';
import { recordedDecoys, SNAPSHOT_MINUTES, snapshotTest, snapshotTime } from './snapshots.ts';
import { isSliced } from './tier-tests.ts';

/**
 * Bad and good events of each window, all of it since then: so few that the constants of the lower bound show, and another
 * share and another rate in each window, so that none can stand for another.
 */
const EVENTS: Record<(typeof WINDOWS)[number], [bad: number, good: number]> = {
  '5m': [1, 1],
  '30m': [2, 1],
  '1h': [3, 4],
  '2h': [5, 4],
  '6h': [6, 8],
  '1d': [9, 8],
  '3d': [10, 13],
};
/** Of slices the share alone: their number is given. */
const SLICES: Record<(typeof WINDOWS)[number], number> = {
  '5m': 0.4,
  '30m': 0.2,
  '1h': 0.5,
  '2h': 0.3,
  '6h': 0.6,
  '1d': 0.35,
  '3d': 0.65,
};
/** January has 31 days: the fourth day is in it. */
const DAY = SNAPSHOT_DAYS;
/** What the other way of counting a window's edges makes of one sample in ten. */
const EDGE = 0.12;

export function valueTests(objective: Objective): RuleTest[] {
  return isSliced(objective)
    ? [figures(objective), unknown(objective), remembered(objective)]
    : [figures(objective), noTraffic(objective), nothingBad(objective), fewRequests(objective), floor(objective)];
}

/** Every recorded series at once. */
function figures(objective: Objective): RuleTest {
  const slices = isSliced(objective);
  const stepMinutes = stepOf(objective);
  const reaches = WINDOWS.map((window) => {
    const minutes = minutesOf(window);
    const [bad, good] = EVENTS[window];
    const all = minutes / stepMinutes;
    return slices ? { minutes, all, bad: Math.round(all * SLICES[window]) } : { minutes, all: bad + good, bad };
  });
  const of = (window: string) => reaches[WINDOWS.indexOf(window as (typeof WINDOWS)[number])]!;
  const is = (name: string, value: number, within: number, month?: number) =>
    near(objective, name, value, within, DAY, month);
  const steps = stepsOf(stepMinutes);
  const { all, bad } = of('5m');
  const expressions = [
    ...WINDOWS.map((window) => {
      const within = slices ? Math.max(0.01, (1.3 * stepMinutes) / minutesOf(window)) : 0.02;
      return is(`slo:sli_error:ratio_rate${window}`, of(window).bad / of(window).all, within);
    }),
    ...(slices
      ? []
      : LONG_WINDOWS.flatMap((window) => [
          is(`slo:events:increase${window}`, of(window).all, 0.03),
          is(`slo:sli_error_lower:ratio_rate${window}`, sureShare(of(window).bad, of(window).all), closeTo(window)),
        ])),
    is('slo:error_budget:ratio', budgetOf(objective), 1e-6),
    is('slo:events_bad:increase5m', bad, slices ? EDGE : 0.3, 1),
    is('slo:events_total:increase5m', all, slices ? EDGE : 0.3, 1),
  ];
  const timeline = timelineIn(reaches, stepMinutes, slices);
  return snapshotTest(
    objective,
    'every recorded figure is the one that is known',
    [at(objective, timeline)],
    { expressions },
    recordedDecoys(objective, steps),
  );
}

const at = (objective: Objective, timeline: Timeline) => ({ day: DAY, timeline, stepMinutes: stepOf(objective) });

/** As close as the constants of the bound can be told apart; one sample of a window's edge may count or not. */
const closeTo = (window: string) => Math.max(0.004, 0.9 / minutesOf(window));

const nothing = (objective: Objective, name: string, day = DAY): ExpressionTest => ({
  expr: `${name}{slo="${objective.name}"}`,
  eval_time: snapshotTime({ day }),
  exp_samples: [],
});

const ratios = WINDOWS.map((window) => `slo:sli_error:ratio_rate${window}`);
const guards = LONG_WINDOWS.flatMap((window) => [
  `slo:events:increase${window}`,
  `slo:sli_error_lower:ratio_rate${window}`,
]);

const steady = (objective: Objective, all: number): Timeline =>
  Array.from({ length: stepsOf(stepOf(objective)) }, () => ({ all, bad: 0 }));

/** Counters that stand still: no share is known, and none is said (0 / 0 would be no number). */
function noTraffic(objective: Objective): RuleTest {
  const names = [...ratios, ...guards, 'slo:budget_remaining:ratio_month'];
  return snapshotTest(objective, 'without traffic nothing is said', [at(objective, steady(objective, 0))], {
    alerts: [{ eval_time: snapshotTime({ day: DAY }), alertname: objective.alert, exp_alerts: [] }],
    expressions: names.map((name) => nothing(objective, name)),
  });
}

/** Traffic before a first bad answer, of which there is no series yet: that is a share of zero, and a whole budget. */
function nothingBad(objective: Objective): RuleTest {
  const test = snapshotTest(objective, 'traffic without a bad event', [at(objective, steady(objective, 60))], {
    expressions: ratios.map((name): ExpressionTest => {
      const series = `${name}{slo="${objective.name}"`;
      const labels = `${series}, service="${objective.service}"}`;
      return { expr: `${series}}`, eval_time: snapshotTime({ day: DAY }), exp_samples: [{ labels, value: 0 }] };
    }),
  });
  const never = (values: string) => /^0\+0x\d+$/.test(values.replace(/^_x\d+ /, ''));
  return { ...test, input_series: test.input_series.filter(({ values }) => !never(values)) };
}

/**
 * One failure among requests now and then is above the threshold and wakes nobody. Two bad events are not enough for any window to be
 * sure, however many of all they are; three are.
 */
function fewRequests(objective: Objective): RuleTest {
  const [first] = objective.policy as [BurnTier, ...BurnTier[]];
  // Enough in an hour that one bad request is above the ratio of the first tier.
  const perHour = Math.max(1, Math.floor(0.93 / (first.factor * budgetOf(objective))));
  const everyMinutes = Math.ceil(60 / perHour);
  const hours = 7;
  const nowAndThen = steady(objective, 0);
  const failed = nowAndThen.length - 1 - 3;
  for (let back = 0; back <= hours * 60; back += everyMinutes) {
    nowAndThen[failed - back] = { all: 1, bad: back === 0 ? 1 : 0 };
  }
  const atOnce = (day: number, bad: number) => {
    const timeline = steady(objective, 0);
    timeline[timeline.length - 1 - 2] = { all: bad + 1, bad };
    return { day, timeline, stepMinutes: stepOf(objective) };
  };
  const snapshots = [at(objective, nowAndThen), atOnce(2 * DAY, LEAST_BAD - 1), atOnce(3 * DAY, LEAST_BAD)];
  const lower = LONG_WINDOWS.map((window) => ({ window, name: `slo:sli_error_lower:ratio_rate${window}` }));
  const [, two, three] = snapshots.map(({ day }) => day) as [number, number, number];
  return snapshotTest(objective, 'one failure among few requests alerts nobody', snapshots, {
    alerts: [{ eval_time: snapshotTime({ day: DAY }), alertname: objective.alert, exp_alerts: [] }],
    expressions: [
      ...lower.map(({ name }) => nothing(objective, name, two)),
      ...lower.map(({ name, window }) =>
        near(objective, name, sureShare(LEAST_BAD, LEAST_BAD + 1), closeTo(window), three),
      ),
    ],
  });
}

const PER_MINUTE = 0.1;
/** So close that no other window's share or count gives the same. */
const CLOSE = 0.1;

/**
 * For each long window three bad events that the next shorter one has not seen, and of which the next longer one has too few in its
 * share: that they are enough is counted by this window's share and this window's events.
 */
function floor(objective: Objective): RuleTest {
  const snapshots = LONG_WINDOWS.map((window, index) => {
    const reaches = WINDOWS.map((one) => {
      const minutes = minutesOf(one);
      return { minutes, all: minutes * PER_MINUTE, bad: minutes < minutesOf(window) ? 0 : LEAST_BAD };
    });
    const stepMinutes = stepOf(objective);
    return { day: (index + 1) * DAY, timeline: timelineIn(reaches, stepMinutes, false), stepMinutes };
  });
  return snapshotTest(objective, 'three bad events are enough for the window that has them', snapshots, {
    expressions: LONG_WINDOWS.map((window, index) =>
      near(
        objective,
        `slo:sli_error_lower:ratio_rate${window}`,
        sureShare(LEAST_BAD, minutesOf(window) * PER_MINUTE),
        CLOSE,
        snapshots[index]!.day,
      ),
    ),
  });
}

const sliceGood = ({ name, service }: Objective) => `slo:slice_good:bool{slo="${name}", service="${service}"}`;

/** Before the first scrape of a new Prometheus nothing is known of a slice, and nothing is said. */
function unknown(objective: Objective): RuleTest {
  return {
    name: `${objective.name}: before its first sample a slice is neither good nor bad`,
    interval: '1m',
    input_series: [
      ...recordedDecoys(objective, SNAPSHOT_MINUTES),
      ...['bad', 'total'].map((what) => ({
        series: `slo:events_${what}:increase5m{slo="${objective.name}",service="${objective.service}",month="1"}`,
        values: `0x${SNAPSHOT_MINUTES - 1}`,
      })),
    ],
    alert_rule_test: [],
    promql_expr_test: ['slo:slice_good:bool', ...ratios, 'slo:budget_remaining:ratio_month'].map((name) =>
      nothing(objective, name),
    ),
  };
}

/** No sample at all is a bad slice for an hour after the last one that was recorded; who was away longer begins anew. */
function remembered(objective: Objective): RuleTest {
  const [first, second] = [DAY, 2 * DAY];
  const history = [45, 90].map(
    (silentMinutes) => `_x${SNAPSHOT_MINUTES - 180} 1x${179 - silentMinutes} _x${silentMinutes}`,
  );
  const series = sliceGood(objective);
  return {
    name: `${objective.name}: a slice without a sample is bad while the last one is remembered`,
    interval: '1m',
    input_series: [{ series, values: history.join(' ') }],
    alert_rule_test: [],
    promql_expr_test: [
      { expr: series, eval_time: snapshotTime({ day: first }), exp_samples: [{ labels: series, value: 0 }] },
      nothing(objective, 'slo:slice_good:bool', second),
    ],
  };
}
