// Objectives in, promtool tests of the absence alerts out: each reason is found, and none where all series are there.
import type { Objective } from '../objectives/read.ts';
import { absenceAlerts, BLIND_ALERT, jobOf } from './absence.ts';
import { selectorOf } from './check.ts';
import { decoySelections, HERE, passesAll, printSeries } from './decoys.ts';
import { counter, type InputSeries, selectorsOf, unique } from './input-series.ts';
import type { Selector } from './promql.ts';
import type { AlertTest, RuleTest } from './rule-test.ts';

/** Longer than the hour after which missing events are said, and the offset that a new Prometheus is spared. */
const MINUTES = 130;

export function blindTests(objectives: Objective[]): RuleTest[] {
  const jobs = [...new Set(objectives.map(jobOf))];
  return [
    everythingThere(objectives, jobs),
    nothingScraped(objectives),
    everythingGone(objectives, jobs),
    ...jobs.flatMap((job) => [
      jobWithoutSeries(objectives, job, jobs),
      seriesGone(objectives, job, jobs),
      jobNotLongUp(objectives, job, jobs),
      jobDown(objectives, job, jobs),
    ]),
    ...objectives
      .filter(({ source }) => source.kind === 'events' && source.good)
      .map((o) => partial(objectives, o, jobs)),
  ];
}

const up = (job: string, values = `1x${MINUTES}`): InputSeries => ({
  series: `up{job="${job}",instance="one"}`,
  values,
});

function test(name: string, series: InputSeries[], expected: AlertTest[]): RuleTest {
  return { name: `blind: ${name}`, interval: '1m', input_series: series, alert_rule_test: expected };
}

/** Alerts with that reason, of those objectives or jobs. */
function expected(objectives: Objective[], minute: number, wanted: Wanted[]): AlertTest {
  const rules = absenceAlerts(objectives);
  return {
    eval_time: `${minute}m`,
    alertname: BLIND_ALERT,
    exp_alerts: wanted.map(({ reason, slo, labels }) => {
      const rule = rules.find((one) => one.labels.reason === reason && one.labels.slo === slo);
      if (!rule) throw new Error(`no ${reason} of ${slo}`);
      return { exp_labels: { ...rule.labels, ...labels }, exp_annotations: rule.annotations! };
    }),
  };
}

interface Wanted {
  reason: string;
  slo: string;
  labels?: Record<string, string>;
}

/** The alert of a job stands on its first objective. */
const unscraped = (objectives: Objective[], jobs: string[]): Wanted[] =>
  jobs.map((job) => ({ reason: 'never_scraped', slo: objectives.find((one) => jobOf(one) === job)!.name }));

/** The selector whose series an objective cannot do without; undefined where that is `up`. */
function neededBy(objective: Objective): Selector | undefined {
  const { source } = objective;
  const needed = source.kind === 'events' ? selectorsOf(objective).total : selectorOf(objective, source.query);
  return needed.metric === 'up' ? undefined : needed;
}

/** One instance whose series of an objective are all there: its events, and every bucket that any objective asks for. */
function whole(objectives: Objective[], objective: Objective, values: string): InputSeries[] {
  const needed = neededBy(objective);
  if (!needed) return [];
  const counted = objective.source.kind === 'events' ? selectorsOf(objective).counted : needed;
  const bounds = counted.metric.endsWith('_bucket')
    ? objectives.flatMap((other) => {
        const found = other.source.kind === 'events' ? selectorsOf(other).counted : undefined;
        return found?.metric === counted.metric ? found.matchers.filter(({ label }) => label === 'le') : [];
      })
    : [];
  return [
    { series: printSeries(needed, HERE), values },
    ...bounds.map(({ value }) => ({ series: printSeries(counted, { ...HERE, le: value }), values })),
  ];
}

/** Series beside those that an objective needs: they must not stand for them. */
function beside(objectives: Objective[], values: string): InputSeries[] {
  return objectives.flatMap((objective) => {
    const needed = neededBy(objective);
    return needed ? decoySelections(needed, needed).map((series) => ({ series, values })) : [];
  });
}

const growing = (minutes: number) => counter(Array.from({ length: minutes }, () => 1));

function everythingThere(objectives: Objective[], jobs: string[]): RuleTest {
  const values = growing(MINUTES);
  return test(
    'all series are there, nothing is said',
    unique([
      ...jobs.map((job) => up(job)),
      ...objectives.flatMap((one) => whole(objectives, one, values)),
      ...beside(objectives, values),
    ]),
    [expected(objectives, MINUTES - 5, [])],
  );
}

function nothingScraped(objectives: Objective[]): RuleTest {
  const never = unscraped(objectives, [...new Set(objectives.map(jobOf))]);
  return test(
    'a Prometheus that scrapes nothing says so after ten minutes',
    [up('elsewhere')],
    [expected(objectives, 8, []), expected(objectives, 12, never), expected(objectives, MINUTES - 5, never)],
  );
}

/** Minute at which something ends or begins: more than an hour after the start and before the end. */
const TURN = 90;

/** All jobs vanish from what Prometheus scrapes. */
function everythingGone(objectives: Objective[], jobs: string[]): RuleTest {
  return test(
    'jobs that are scraped no more are missed after ten minutes',
    jobs.map((job) => up(job, `1x${TURN} stale`)),
    [expected(objectives, TURN + 8, []), expected(objectives, TURN + 13, unscraped(objectives, jobs))],
  );
}

const neededOf = (objectives: Objective[], job: string) =>
  objectives.filter((one) => jobOf(one) === job && neededBy(one) !== undefined);

const noSeriesOf = (objectives: Objective[], job: string): Wanted[] =>
  neededOf(objectives, job).map(({ name }) => ({ reason: 'no_series', slo: name }));

const otherJobs = (objectives: Objective[], job: string, jobs: string[]) =>
  unscraped(
    objectives,
    jobs.filter((other) => other !== job),
  );

function jobWithoutSeries(objectives: Objective[], job: string, jobs: string[]): RuleTest {
  const others = otherJobs(objectives, job, jobs);
  return test(
    `the job ${job} is up without a single event`,
    unique([up(job), ...beside(neededOf(objectives, job), growing(MINUTES))]),
    [expected(objectives, 50, others), expected(objectives, 70, [...others, ...noSeriesOf(objectives, job)])],
  );
}

/** Its series vanish while the job is up: missed an hour later. */
function seriesGone(objectives: Objective[], job: string, jobs: string[]): RuleTest {
  const others = otherJobs(objectives, job, jobs);
  const values = `${growing(TURN)} stale`;
  const length = TURN + 65;
  return test(
    `the job ${job} is up and its series vanish`,
    unique([up(job, `1x${length}`), ...neededOf(objectives, job).flatMap((one) => whole(objectives, one, values))]),
    [
      expected(objectives, TURN + 45, others),
      expected(objectives, length, [...others, ...noSeriesOf(objectives, job)]),
    ],
  );
}

/** Half an hour without a series is too short to say so, whatever another job does. */
function jobNotLongUp(objectives: Objective[], job: string, jobs: string[]): RuleTest {
  return test(
    `the job ${job} has not been up for an hour`,
    [up(job, `0x${TURN} 1x40`), up('elsewhere')],
    [expected(objectives, TURN + 30, otherJobs(objectives, job, jobs))],
  );
}

/** A job that is down has no series, and that is not the reason. */
function jobDown(objectives: Objective[], job: string, jobs: string[]): RuleTest {
  return test(
    `the job ${job} is down`,
    [up(job, `1x${TURN} 0x40`), up('elsewhere')],
    [expected(objectives, TURN + 30, otherJobs(objectives, job, jobs))],
  );
}

/** A second instance comes at minute 20, counts, and has every bucket but that of the objective. */
function partial(objectives: Objective[], objective: Objective, jobs: string[]): RuleTest {
  const { total, counted } = selectorsOf(objective);
  const job = jobOf(objective);
  const values = growing(60);
  const late = `_x19 ${values}`;
  const others = otherJobs(objectives, job, jobs);
  const narrower = objectives.filter((one) => one !== objective && sharesTotal(one, total, objective));
  const wanted = [objective, ...narrower].map(({ name }) => ({
    reason: 'no_bucket',
    slo: name,
    labels: { job, instance: 'two' },
  }));
  const two = { instance: 'two' };
  return test(
    `${objective.name}: one of two instances lacks its bucket`,
    unique([
      up(job),
      ...whole(objectives, objective, values),
      { series: printSeries(total, two), values: late },
      ...decoySelections(counted, counted).map((series) => ({
        series: series.replace(`instance="${HERE.instance}"`, 'instance="two"'),
        values: late,
      })),
    ]),
    [expected(objectives, 22, others), expected(objectives, 30, [...others, ...wanted])],
  );
}

/** The other counts this one's events, too, so it lacks its bucket on the same instance. */
function sharesTotal(other: Objective, { metric }: Selector, objective: Objective): boolean {
  if (other.source.kind !== 'events' || !other.source.good) return false;
  const { total } = selectorsOf(other);
  return total.metric === metric && passesAll(total, printSeries(selectorsOf(objective).total, HERE));
}
