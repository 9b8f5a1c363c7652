// A whole Prometheus (or a recorded file behind one): its jobs, its counters and its rules. A source in, findings out.
import { jobOf } from '../compile/absence.ts';
import { queriesOf, selectorOf } from '../compile/check.ts';
import type { Objective } from '../objectives/read.ts';
import { labelsText } from '../source/client.ts';
import type { ExposedSample } from '../source/exposition.ts';
import type { Series, Source } from '../source/source.ts';
import { checkBuckets } from './checks/buckets.ts';
import { checkLabels, checkValues } from './checks/labels.ts';
import { checkUnits } from './checks/units.ts';
import { checkNumbers } from './checks/values.ts';
import { type Exposed, type Finding, familyOf, fewOf, note, wrong } from './finding.ts';

/** A scrape that is older than this is late: intervals are 15 s and less. */
const STALE_SECONDS = 60;
const SLOW_SCRAPE_SECONDS = 1;
/** About 2 MB of text. */
const MOST_SAMPLES = 20_000;

export interface Looked {
  findings: Finding[];
  series: number;
}

export async function lookAtPrometheus(
  source: Source,
  objectives: readonly Objective[],
  atSeconds: number,
): Promise<Looked> {
  const families = [
    ...new Set(objectives.flatMap((one) => queriesOf(one).map((q) => familyOf(selectorOf(one, q).metric)))),
  ];
  const names = `^(${families.join('|')})(_bucket|_sum|_count)?$`;
  const exposed: Exposed = {
    samples: (await source.instant(`{__name__=~"${names}"}`, atSeconds, { nan: 'leave-out' })).map(toSample),
    types: new Map([...(await source.metadata())].map(([name, { type }]) => [name, type])),
  };
  const ask = (query: string) => source.instant(query, atSeconds);
  const scraped = new Set((await ask('count by (job) (up)')).map(({ labels }) => labels.job));
  const findings = [
    ...(await checkJobs(source, objectives, atSeconds)),
    // Of a job that is not scraped nothing else need be said.
    ...checkLabels(
      exposed,
      objectives.filter((objective) => scraped.has(jobOf(objective))),
      false,
    ),
    ...checkBuckets(exposed, objectives),
    ...checkUnits(exposed),
    ...checkNumbers(exposed),
    ...checkValues(exposed),
    ...(await checkNaN(ask, families)),
    ...(await checkResets(ask, objectives)),
    ...(await checkScrapes(ask)),
    ...(await checkRules(source, ask, objectives)),
  ];
  return { findings, series: exposed.samples.length };
}

type Ask = (query: string) => Promise<Series[]>;

function toSample({ labels: { __name__ = '', ...labels }, samples }: Series): ExposedSample {
  return { name: __name__, labels, value: samples[0]![1] };
}

async function checkJobs(source: Source, objectives: readonly Objective[], atSeconds: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  const errors = await lastErrors(source);
  for (const job of new Set(objectives.map(jobOf))) {
    const up = await source.instant(`up{job=${JSON.stringify(job)}}`, atSeconds);
    const [newest] = await source.instant(`max(timestamp(up{job=${JSON.stringify(job)}}))`, atSeconds);
    const age = newest ? atSeconds - newest.samples[0]![1] : 0;
    const down = up.filter(({ samples }) => samples[0]![1] !== 1);
    const todo = 'compare its address in the scrape configuration with where the process listens';
    const why = errors.get(job);
    if (up.length === 0)
      findings.push(
        wrong('jobs', job, 'it is not scraped: its objectives have no data and their alerts are silent', todo),
      );
    else if (down.length > 0)
      findings.push(
        wrong(
          'jobs',
          fewOf(down.map(({ labels }) => labelsText(labels))),
          `${down.length} of ${up.length} targets of ${job} do not answer${why ? `: ${why}` : ''}`,
          todo,
        ),
      );
    if (age > STALE_SECONDS)
      findings.push(
        wrong(
          'jobs',
          job,
          `its last scrape is ${age.toFixed(0)} s old`,
          'look whether Prometheus still runs and still has this job',
        ),
      );
  }
  return findings;
}

/** What Prometheus says of the targets that it cannot scrape, by job; a recorded file has none. */
async function lastErrors(source: Source): Promise<Map<string, string>> {
  if (source.extent) return new Map();
  const { activeTargets } = (await source.api('targets', { state: 'active' })) as {
    activeTargets: { labels: Record<string, string>; lastError: string }[];
  };
  return new Map(
    activeTargets
      .filter(({ lastError }) => lastError !== '')
      .map(({ labels, lastError }) => [labels.job ?? '', lastError]),
  );
}

async function checkNaN(ask: Ask, families: readonly string[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const family of families) {
    for (const name of [family, `${family}_bucket`, `${family}_sum`, `${family}_count`]) {
      // Only NaN differs from itself.
      const [found] = await ask(`count(${name} != ${name})`);
      if (found)
        findings.push(
          wrong(
            'NaN',
            name,
            `${found.samples[0]![1]} series are not a number: every sum over them is NaN, and an alert on NaN is silent`,
            'do not expose what is not known: leave the series out until there is a value',
          ),
        );
    }
  }
  return findings;
}

async function checkResets(ask: Ask, objectives: readonly Objective[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  const byInstance = async (expr: string) => {
    const found = await ask(`max by (job, instance) (${expr})`);
    return new Map(found.map(({ labels, samples }) => [labelsText(labels), samples[0]![1]]));
  };
  const starts = await byInstance('changes(process_start_time_seconds[1h])');
  const back = await byInstance('resets(process_start_time_seconds[1h]) > 0');
  for (const instance of back.keys())
    findings.push(
      wrong(
        'counters',
        instance,
        'its process began later and then earlier again: two processes answer at one address',
        'scrape each instance by itself, not through a balancer',
      ),
    );
  const counters = new Set(
    objectives.flatMap((one) => (one.source.kind === 'events' ? [selectorOf(one, one.source.total).metric] : [])),
  );
  for (const counter of counters) {
    const resets = await byInstance(`resets(${counter}[1h]) > 0`);
    const tooMany = [...resets].filter(
      ([instance, times]) => !back.has(instance) && times > (starts.get(instance) ?? 0),
    );
    if (tooMany.length > 0)
      findings.push(
        wrong(
          'counters',
          `${counter} of ${fewOf(tooMany.map(([instance]) => instance))}`,
          `it went down ${tooMany[0]![1]} times in an hour, and its process began anew ${starts.get(tooMany[0]![0]) ?? 0} times: each fall invents events`,
          'do not reset or set counters, and expose process_start_time_seconds',
        ),
      );
  }
  return findings;
}

async function checkScrapes(ask: Ask): Promise<Finding[]> {
  const large = await ask(`scrape_samples_scraped > ${MOST_SAMPLES}`);
  // A probe takes as long as what it asks: that is the objective's business.
  const slow = await ask(`scrape_duration_seconds > ${SLOW_SCRAPE_SECONDS} unless on (job, instance) probe_success`);
  const each = (found: Series[], what: (value: number) => string, todo: string) =>
    found.map(({ labels: { __name__, ...labels }, samples }) =>
      wrong('size', labelsText(labels), what(samples[0]![1]), todo),
    );
  return [
    ...each(
      large,
      (value) =>
        `${value} series in one scrape: as text about ${(value / 1e4).toFixed(1)} MB, and 8 MB block an event loop for about 1 s`,
      'drop labels with many values; npm run slo -- doctor <its /metrics> says which',
    ),
    ...each(
      slow,
      (value) => `a scrape takes ${value.toFixed(1)} s`,
      'look at the size of its /metrics and at its event loop',
    ),
  ];
}

async function checkRules(source: Source, ask: Ask, objectives: readonly Objective[]): Promise<Finding[]> {
  const recorded = new Set((await ask('slo:month_length:ratio')).map(({ labels }) => labels.slo));
  const missing = objectives.map(({ name }) => name).filter((name) => !recorded.has(name));
  if (missing.length === 0) return [];
  const say = source.extent ? note : wrong;
  return [
    say(
      'rules',
      fewOf(missing, 10),
      `the rules of ${missing.length} of ${objectives.length} objectives are not evaluated here: nothing pages`,
      'load slo/rules/ams.rules.yaml with rule_files',
    ),
  ];
}
