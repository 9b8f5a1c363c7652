// What changed near an incident: builds, weights of the balancer, restarts, targets that went away. A source in, rows of the timeline out.
import type { MetricName } from '../../system/telemetry/names.ts';
import type { Series, Source } from '../source/source.ts';
import { firstSample, firstTime, MINUTE, type Span } from './counts.ts';
import type { Asked } from './figure.ts';
import { intervalsOf } from './intervals.ts';
import { isoOf } from './units.ts';

/** A row of the timeline: its time is a figure. */
export interface Row {
  figure: Asked;
  text: string;
}

const BUILD: MetricName = 'ams_build_info';
/** A scrape may be missed without anything having changed. */
const GAP_SECONDS = 2 * MINUTE;

export async function changesIn(source: Source, span: Span): Promise<Row[]> {
  const rows = await Promise.all([
    builds(source, span),
    weights(source, span),
    starts(source, span),
    away(source, span),
  ]);
  return rows.flat();
}

const every = ({ fromSeconds, toSeconds }: Span) => ({ fromSeconds, toSeconds, stepSeconds: MINUTE });

const selector = (metric: string, labels: Record<string, string>) =>
  `${metric}{${Object.entries(labels)
    .filter(([name]) => name !== '__name__')
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}}`;

const row = (id: string, at: number, query: string, text: string): Row => ({
  figure: { id, title: text, unit: 'utc', query, atUtc: isoOf(at) },
  text,
});

/** Another build than the one of its role that began last: a deployment, or a way back. One that only came back is none. */
async function builds(source: Source, span: Span): Promise<Row[]> {
  const series = await source.range(`max by (version, commit, role) (max_over_time(${BUILD}[1m]))`, every(span));
  const began = series
    .flatMap(({ labels, samples }) =>
      intervalsOf(
        samples.map(([at]) => at),
        GAP_SECONDS,
      ).map(({ fromSeconds }, index) => ({ labels, fromSeconds, again: index > 0 })),
    )
    .sort((a, b) => a.fromSeconds - b.fromSeconds);
  const changed = began.filter(({ labels }, index) => {
    const before = began.slice(0, index).findLast((one) => one.labels.role === labels.role);
    return before !== undefined && before.labels !== labels;
  });
  return changed.map(({ labels, fromSeconds, again }, index) => {
    const { role = 'service', version = '', commit } = labels;
    const text = `${role}: version ${version}${commit ? ` (commit ${commit})` : ''} runs${again ? ' again' : ''}`;
    return row(`build-${index + 1}`, fromSeconds + MINUTE, firstSample(selector(BUILD, labels), 2 * MINUTE), text);
  });
}

/** The share of requests that a server gets. */
async function weights(source: Source, span: Span): Promise<Row[]> {
  const series = await source.range('haproxy_server_weight', every(span));
  return valueChanges(series).map(({ labels, at, before, value }, index) => {
    const text = `balancer: weight of ${labels.proxy} ${labels.server} from ${before} to ${value}`;
    const expr = `${selector('haproxy_server_weight', labels)} == ${value}`;
    return row(`weight-${index + 1}`, at, firstTime(expr, MINUTE - 1, '15s'), text);
  });
}

async function starts(source: Source, span: Span): Promise<Row[]> {
  const series = await source.range('max by (job, instance) (process_start_time_seconds)', every(span));
  return valueChanges(series).map(({ labels, at }, index) => {
    const expr = `max(${selector('process_start_time_seconds', labels)})`;
    return row(`start-${index + 1}`, at, expr, `${labels.job} ${labels.instance} was started`);
  });
}

async function away(source: Source, span: Span): Promise<Row[]> {
  const expr = 'max by (job, instance) (max_over_time((up == bool 0)[59s:15s])) == 1';
  const series = await source.range(expr, every(span));
  return series
    .flatMap(({ labels, samples }) =>
      intervalsOf(
        samples.map(([at]) => at),
        GAP_SECONDS,
      ).map((interval) => ({ labels, ...interval })),
    )
    .flatMap(({ labels, fromSeconds, toSeconds }, index) => {
      const up = selector('up', labels);
      const who = `${labels.job} ${labels.instance}`;
      const gone = row(
        `away-${index + 1}`,
        fromSeconds,
        firstTime(`max(${up}) == 0`, MINUTE - 1, '15s'),
        `${who} does not answer scrapes`,
      );
      if (toSeconds >= span.toSeconds - MINUTE) return [gone];
      const back = firstTime(`max(${up}) == 1`, MINUTE - 1, '15s');
      return [gone, row(`back-${index + 1}`, toSeconds + MINUTE, back, `${who} answers scrapes again`)];
    });
}

/** Each value that differs from the one before it, and the minute at which it was seen first. */
function valueChanges(series: Series[]) {
  return series.flatMap(({ labels, samples }) =>
    samples.flatMap(([at, value], index) => {
      const before = samples[index - 1]?.[1];
      return before === undefined || before === value ? [] : [{ labels, at, before, value }];
    }),
  );
}
