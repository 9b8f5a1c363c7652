// An objective in, the tests out of what the month does: thresholds of months of 28, 30 and 31 days, and the budget of one month. Pure.
import type { Objective } from '../objectives/read.ts';
import { type Reach, stepOf, timelineIn } from './bands.ts';
import { budgetOf } from './check.ts';
import { minutesOf, thresholdIn } from './faults.ts';
import type { InputSeries } from './input-series.ts';
import { labelsOf } from './rule.ts';
import type { ExpressionTest, RuleTest } from './rule-test.ts';
import { SNAPSHOT_MINUTES, type Snapshot, snapshotTest, snapshotTime } from './snapshots.ts';
import { alertsAt, isSliced } from './tier-tests.ts';

const EVENTS_PER_MINUTE = 60_000;
/**
 * 1970: days since the first of January, the length of that month, between which lengths the burn lies, and in which of the two
 * windows of each tier it is so near (in the other it is clearly more).
 */
const MONTHS = [
  { day: 28, monthDays: 31, between: [30, 31], near: 'long' },
  { day: 36, monthDays: 28, between: [28, 30], near: 'long' },
  { day: 60, monthDays: 31, between: [30, 31], near: 'short' },
  { day: 92, monthDays: 30, between: [30, 31], near: 'long' },
] as const;

export const monthTests = (objective: Objective): RuleTest[] => [lengths(objective), budget(objective)];

/** A burn between the thresholds of two lengths: a ticket of a long month is silent at what a page and a short month tell. */
function lengths(objective: Objective): RuleTest {
  // Slices are counted one by one, shares of events are rounded.
  const margin = isSliced(objective) ? 1e-4 : 0.002;
  const snapshots = MONTHS.map((month) => ({
    day: month.day,
    timeline: burning(objective, month),
    stepMinutes: stepOf(objective),
  }));
  const series = (name: string) => `${name}{slo="${objective.name}"`;
  return snapshotTest(objective, 'thresholds follow the length of the month, of pages only downwards', snapshots, {
    alerts: snapshots.map((snapshot, index) =>
      alertsAt(objective, snapshot, { margin, monthDays: MONTHS[index]!.monthDays }),
    ),
    expressions: MONTHS.map(({ day, monthDays }) => ({
      expr: `${series('slo:month_length:ratio')}}`,
      eval_time: snapshotTime({ day }),
      exp_samples: [
        { labels: `${series('slo:month_length:ratio')}, service="${objective.service}"}`, value: monthDays / 30 },
      ],
    })),
  });
}

/** One window of each tier holds a share between the thresholds of the two lengths, the other one clearly more. */
function burning(objective: Objective, { between, near }: (typeof MONTHS)[number]): Snapshot['timeline'] {
  const [stepMinutes, slices] = [stepOf(objective), isSliced(objective)];
  const rate = slices ? 1 / stepMinutes : EVENTS_PER_MINUTE;
  const whole = (bad: number) => (slices ? Math.ceil(bad) : bad);
  const wanted = new Map<number, number>();
  const pages = objective.policy.filter(({ notify }) => notify === 'page');
  for (const tier of near === 'long' ? objective.policy : pages) {
    const [low, high] = between.map((days) => thresholdIn(objective, { ...tier, notify: 'ticket' }, days)) as [
      number,
      number,
    ];
    const minutes = minutesOf(tier[near]);
    wanted.set(minutes, slices ? whole(low * (minutes * rate + 1)) : ((low + high) / 2) * minutes * rate);
  }
  for (const tier of objective.policy) {
    const high = thresholdIn(objective, { ...tier, notify: 'ticket' }, between[1]);
    for (const minutes of [minutesOf(tier.short), minutesOf(tier.long)]) {
      const isNear = minutes === minutesOf(tier[near]) && (near === 'long' || tier.notify === 'page');
      if (!isNear) wanted.set(minutes, Math.max(wanted.get(minutes) ?? 0, whole(1.5 * high * minutes * rate)));
    }
  }
  const reaches: Reach[] = [];
  for (const [minutes, bad] of [...wanted].sort(([a], [b]) => a - b)) {
    reaches.push({ minutes, all: minutes * rate, bad: Math.max(bad, reaches.at(-1)?.bad ?? 0) });
  }
  return timelineIn(reaches, stepMinutes, slices);
}

const EVERY_MINUTES = minutesOf('6h');
/** Share of the budget spent in the first ten days of January, in the rest of it, and in February. */
const SPENT = { early: 0.5, late: 0.1, february: 0.6 };
const EARLY_DAYS = 10;
const EVENTS = 1000;

/** Two months of recorded events: what is left of each is its own, however long ago its first days were. */
function budget(objective: Objective): RuleTest {
  const spent = (day: number) => (day < EARLY_DAYS ? SPENT.early : day < 31 ? SPENT.late : SPENT.february);
  const perDay = minutesOf('1d') / EVERY_MINUTES;
  const steps = Array.from({ length: 36 * perDay }, (_, index) => ({ day: index / perDay, index }));
  const hole = SNAPSHOT_MINUTES / EVERY_MINUTES;
  const recorded = (what: 'bad' | 'total', month: 1 | 2): InputSeries => ({
    series: `slo:events_${what}:increase5m{${labelText(objective)},month="${month}"}`,
    values: steps
      .map(({ day, index }) => {
        if (index % hole === 0 || (day < 31 ? 1 : 2) !== month) return '_';
        return what === 'total' ? EVENTS : Number((EVENTS * budgetOf(objective) * spent(day)).toPrecision(9));
      })
      .join(' '),
  });
  const left = (from: number, to: number) => {
    const days = steps.filter(({ day, index }) => index % hole !== 0 && day >= from && day < to);
    return 1 - days.reduce((sum, { day }) => sum + spent(day), 0) / days.length;
  };
  const at = (day: number, from: number): ExpressionTest =>
    near(objective, 'slo:budget_remaining:ratio_month', left(from, day), 0.01, day);
  return {
    name: `${objective.name}: the budget left is that of the calendar month`,
    interval: `${EVERY_MINUTES}m`,
    input_series: [
      ...([1, 2] as const).flatMap((month) => [recorded('bad', month), recorded('total', month)]),
      {
        series: `slo:events_bad:increase5m{slo="elsewhere",service="${objective.service}",month="1"}`,
        values: `7x${steps.length}`,
      },
      {
        series: `slo:events_total:increase5m{slo="elsewhere",service="${objective.service}",month="1"}`,
        values: `9x${steps.length}`,
      },
    ],
    alert_rule_test: [],
    promql_expr_test: [at(28, 0), at(36, 31)],
  };
}

const labelText = (objective: Objective) => {
  const { slo, service } = labelsOf(objective);
  return `slo="${slo}",service="${service}"`;
};

/** That a recorded value is the one that is known, within a share of it: Prometheus 2 and 3 count the edges of a window differently. */
export function near(
  objective: Objective,
  name: string,
  value: number,
  within: number,
  day: number,
  month?: number,
): ExpressionTest {
  const label = month === undefined ? '' : `, month="${month}"`;
  const about = Number(value.toPrecision(6));
  return {
    expr: `abs(${name}{slo="${objective.name}"} / ${about} - 1) < bool ${within}`,
    eval_time: snapshotTime({ day }),
    exp_samples: [{ labels: `{slo="${objective.name}", service="${objective.service}"${label}}`, value: 1 }],
  };
}
