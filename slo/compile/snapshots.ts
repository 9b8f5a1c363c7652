// The film of a snapshot test: four days of traffic before each evaluation, and what was recorded of slices. Pure.
// promtool evaluates only at the snapshots (a step of four days), so windows of days cost no more than those of minutes.
import type { Objective } from '../objectives/read.ts';
import { SNAPSHOT_DAYS, stepsOf } from './bands.ts';
import type { Timeline } from './faults.ts';
import { minutesOf } from './faults.ts';
import { type Film, type InputSeries, inputSeries, runs, unique } from './input-series.ts';
import { labelsOf } from './rule.ts';
import { type AlertTest, type ExpressionTest, type RuleTest, timeText } from './rule-test.ts';

const DAY = minutesOf('1d');
export const SNAPSHOT_MINUTES = SNAPSHOT_DAYS * DAY;

export interface Snapshot {
  /** Day of the evaluation since 1970-01-01, a multiple of four. */
  day: number;
  /** The four days before it; the last step is the evaluation. */
  timeline: Timeline;
  stepMinutes: number;
}

export const snapshotTime = ({ day }: Pick<Snapshot, 'day'>) => timeText(day * DAY);

/**
 * A test of alerts and recorded values at snapshots. Series that must not count cost as much to read as those that count: they stand
 * only in the tests that ask for them (`decoys`); the length of the month that another objective records stands in all.
 */
export function snapshotTest(
  objective: Objective,
  what: string,
  snapshots: Snapshot[],
  expected: { alerts?: AlertTest[]; expressions?: ExpressionTest[] },
  decoys?: InputSeries[],
): RuleTest {
  const { stepMinutes } = snapshots[0]!;
  const film = filmOf(snapshots, stepMinutes, objective.source.kind === 'slices');
  return {
    name: `${objective.name}: ${what}`,
    interval: timeText(stepMinutes),
    input_series: unique([
      ...inputSeries(objective, film, { decoys: decoys !== undefined }),
      ...(objective.source.kind === 'slices' ? [recordedSlices(objective, film, stepMinutes)] : []),
      ...recordedDecoys(objective, film.length, ['slo:month_length:ratio']),
      ...(decoys ?? []),
    ]),
    alert_rule_test: expected.alerts ?? [],
    ...(expected.expressions && { promql_expr_test: expected.expressions }),
  };
}

/** Steps from 1970-01-01 to the last snapshot, with holes where no snapshot looks. */
function filmOf(snapshots: Snapshot[], stepMinutes: number, slices: boolean): Film {
  const film: Film = [];
  for (const { day, timeline } of snapshots) {
    const end = (day * DAY) / stepMinutes;
    while (film.length <= end - stepsOf(stepMinutes)) film.push(undefined);
    film.push(...timeline.map((step) => (slices && step.all === 0 ? undefined : step)));
  }
  return film;
}

/** What the rule of the slices would have recorded, but for the evaluations themselves: there it records. */
function recordedSlices(objective: Objective, film: Film, stepMinutes: number): InputSeries {
  const every = SNAPSHOT_MINUTES / stepMinutes;
  const { slo, service } = labelsOf(objective);
  return {
    series: `slo:slice_good:bool{slo="${slo}",service="${service}"}`,
    values: runs(
      film.map((step, index) => (step && index % every !== 0 ? 1 - step.bad : undefined)),
      (value, times) => (value === undefined ? `_x${times}` : `${value}x${times - 1}`),
    ),
  };
}

const RECORDED_ELSEWHERE = [
  'slo:month_length:ratio',
  'slo:slice_good:bool',
  'slo:events_bad:increase5m',
  'slo:events_total:increase5m',
];

/** What the rules of another objective record: a rule that forgets whose series it asks for meets these. */
export function recordedDecoys({ service }: Objective, steps: number, names = RECORDED_ELSEWHERE): InputSeries[] {
  const labels = `slo="elsewhere",service="${service}"`;
  return names.map((name) => ({
    series: `${name}{${name.endsWith('5m') ? `${labels},month="1"` : labels}}`,
    values: `0.5x${steps}`,
  }));
}
