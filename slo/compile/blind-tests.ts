// Objectives in, promtool tests of the absence alerts out: each reason is found, and none where all series are there.
import type { Objective } from '../objectives/read.ts';
import { absenceAlerts, BLIND_ALERT, jobOf } from './absence.ts';
import { counter, type InputSeries, printSeries, selectorsOf } from './input-series.ts';
import type { AlertTest, RuleTest } from './rule-test.ts';

/** Longer than the hour after which missing events are said, and the offset that a new Prometheus is spared. */
const MINUTES = 130;

export function blindTests(objectives: Objective[]): RuleTest[] {
  const jobs = [...new Set(objectives.map(jobOf))];
  return [
    everythingThere(objectives, jobs),
    nothingScraped(objectives, jobs),
    ...jobs.map((job) => jobWithoutSeries(objectives, job, jobs)),
    ...objectives
      .filter(({ source }) => source.kind === 'events' && source.good)
      .map((o) => partial(objectives, o, jobs)),
  ];
}

const up = (job: string): InputSeries => ({ series: `up{job="${job}",instance="one"}`, values: `1x${MINUTES}` });

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

/** One instance whose series of an objective are all there: its events, and every bucket that any objective asks for. */
function whole(objectives: Objective[], objective: Objective, values: string): InputSeries[] {
  const { total, counted } = selectorsOf(objective);
  const bounds = counted.metric.endsWith('_bucket')
    ? objectives.flatMap((other) => {
        const found = other.source.kind === 'events' ? selectorsOf(other).counted : undefined;
        return found?.metric === counted.metric ? found.matchers.filter(({ label }) => label === 'le') : [];
      })
    : [];
  return [
    { series: printSeries(total, { instance: 'one' }), values },
    ...bounds.map(({ value }) => ({ series: printSeries(counted, { instance: 'one', le: value }), values })),
  ];
}

function everythingThere(objectives: Objective[], jobs: string[]): RuleTest {
  const values = counter(Array.from({ length: MINUTES }, () => 1));
  const all = objectives
    .filter(({ source }) => source.kind === 'events')
    .flatMap((one) => whole(objectives, one, values));
  const series = [...new Map(all.map((one) => [one.series, one])).values()];
  return test(
    'all series are there, nothing is said',
    [...jobs.map(up), ...series],
    [expected(objectives, MINUTES - 5, [])],
  );
}

function nothingScraped(objectives: Objective[], jobs: string[]): RuleTest {
  const never = unscraped(objectives, jobs);
  return test(
    'a Prometheus that scrapes nothing says so after ten minutes',
    [{ series: 'other', values: `1x${MINUTES}` }],
    [expected(objectives, 8, []), expected(objectives, 12, never), expected(objectives, MINUTES - 5, never)],
  );
}

function jobWithoutSeries(objectives: Objective[], job: string, jobs: string[]): RuleTest {
  const silent = objectives.filter((one) => jobOf(one) === job && one.source.kind === 'events');
  const others = unscraped(
    objectives,
    jobs.filter((other) => other !== job),
  );
  return test(
    `the job ${job} is up without a single event`,
    [up(job)],
    [
      expected(objectives, 50, others),
      expected(objectives, 70, [...others, ...silent.map(({ name }) => ({ reason: 'no_series', slo: name }))]),
    ],
  );
}

/** A second instance comes at minute 20, counts, and has no bucket of the objective. */
function partial(objectives: Objective[], objective: Objective, jobs: string[]): RuleTest {
  const { total } = selectorsOf(objective);
  const job = jobOf(objective);
  const growing = counter(Array.from({ length: 60 }, () => 1));
  const others = unscraped(
    objectives,
    jobs.filter((other) => other !== job),
  );
  const narrower = objectives.filter((one) => one !== objective && sharesTotal(one, total.metric, objective));
  const wanted = [objective, ...narrower].map(({ name }) => ({
    reason: 'no_bucket',
    slo: name,
    labels: { job, instance: 'two' },
  }));
  return test(
    `${objective.name}: one of two instances lacks its bucket`,
    [
      up(job),
      ...whole(objectives, objective, growing),
      { series: printSeries(total, { instance: 'two' }), values: `_x19 ${growing}` },
    ],
    [expected(objectives, 22, others), expected(objectives, 30, [...others, ...wanted])],
  );
}

function sharesTotal(other: Objective, metric: string, objective: Objective): boolean {
  if (other.source.kind !== 'events' || !other.source.good) return false;
  const { total } = selectorsOf(other);
  const route = printSeries(selectorsOf(objective).total, {});
  return total.metric === metric && covers(total, route);
}

function covers({ matchers }: ReturnType<typeof selectorsOf>['total'], series: string): boolean {
  return matchers.every(({ label, op, value }) => {
    const has = new RegExp(`${label}="([^"]*)"`).exec(series)?.[1] ?? '';
    return op === '=' ? has === value : new RegExp(`^(?:${value})$`).test(has);
  });
}
