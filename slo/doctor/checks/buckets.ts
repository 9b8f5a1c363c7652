// Buckets of the latency objectives: every series has the bound, written as the rule writes it. Pure.
import { selectorOf } from '../../compile/check.ts';
import type { Matcher } from '../../compile/promql.ts';
import type { Objective } from '../../objectives/read.ts';
import { labelsText } from '../../source/client.ts';
import type { ExposedSample } from '../../source/exposition.ts';
import { type Exposed, type Finding, familyOf, fewOf, note, wrong } from '../finding.ts';

const CHECK = 'buckets';

/** For each objective that counts good events in a bucket: what is missing of it, in words. */
export function checkBuckets({ samples }: Exposed, objectives: readonly Objective[]): Finding[] {
  return objectives.flatMap((objective) => {
    const { source, thresholdSeconds } = objective;
    if (source.kind !== 'events' || !source.good || thresholdSeconds === undefined) return [];
    const { metric, matchers } = selectorOf(objective, source.good);
    const family = familyOf(metric);
    const own = samples.filter(({ name, labels }) => familyOf(name) === family && matches(labels, matchers));
    const bound = matchers.find(({ label }) => label === 'le')!.value;
    return bucketsOf(own, family, bound, `objective ${objective.name}`);
  });
}

/** One series of the histogram, with the bounds of its buckets as written. */
interface Histogram {
  text: string;
  bounds: string[];
}

function bucketsOf(samples: readonly ExposedSample[], family: string, bound: string, who: string): Finding[] {
  const histograms = new Map<string, Histogram>();
  for (const { name, labels } of samples) {
    if (name === `${family}_sum` || name === family) continue;
    const { le, ...own } = labels;
    const text = labelsText({ __name__: family, ...own });
    const histogram = histograms.get(text) ?? { text, bounds: [] };
    histograms.set(text, histogram);
    if (name === `${family}_bucket` && le !== undefined) histogram.bounds.push(le);
  }
  const all = [...histograms.values()];
  if (all.length === 0) return [];
  const isBound = (le: string) => Number.isFinite(Number(le));
  const bare = all.filter(({ bounds }) => !bounds.some(isBound));
  if (bare.length > 0) {
    return [
      wrong(
        CHECK,
        fewOf(bare.map(({ text }) => text)),
        `${bare.length} of ${all.length} series have no classic bucket: a native histogram, or none; ${who} asks for le="${bound}"`,
        `expose classic buckets with the bound ${bound} (in Prometheus: scrape_classic_histograms beside native ones)`,
      ),
    ];
  }
  const missing = all.filter(({ bounds }) => !bounds.some((le) => Number(le) === Number(bound)));
  const otherwise = all.filter(
    ({ bounds }) => !bounds.includes(bound) && bounds.some((le) => Number(le) === Number(bound)),
  );
  const findings: Finding[] = [];
  if (missing.length > 0) {
    const effect =
      missing.length === all.length
        ? 'its rule is empty and its alert is silent'
        : `all requests of these count as slow (${((missing.length / all.length) * 100).toFixed(0)} % of the series)`;
    findings.push(
      wrong(
        CHECK,
        fewOf(missing.map(({ text }) => text)),
        `${missing.length} of ${all.length} series have no bucket le="${bound}", which ${who} counts: ${effect}`,
        `give the histogram ${family} the bound ${bound} in every process`,
      ),
    );
  }
  if (otherwise.length > 0) {
    const written = otherwise[0]!.bounds.find((le) => Number(le) === Number(bound))!;
    findings.push(
      wrong(
        CHECK,
        fewOf(otherwise.map(({ text }) => text)),
        `le="${written}" is written where ${who} asks for le="${bound}": PromQL compares text, so its rule is empty`,
        'choose a bound that is no whole number: Prometheus 3 writes 1 as 1.0, Prometheus 2 as 1',
      ),
    );
  } else if (isWhole(bound)) {
    findings.push(
      note(
        CHECK,
        family,
        `the bound ${bound} of ${who} is a whole number: Prometheus 2 stores le="1", Prometheus 3 le="1.0"`,
        'choose a bound that is no whole number',
      ),
    );
  }
  return findings;
}

const isWhole = (bound: string) => Number.isInteger(Number(bound));

/** Whether a series is one of a selector, as far as its own labels go: those that Prometheus adds may be missing. */
export function matches(labels: Record<string, string>, matchers: readonly Matcher[]): boolean {
  return matchers.every(({ label, op, value }) => {
    if (label === 'le' || ((label === 'job' || label === 'instance') && labels[label] === undefined)) return true;
    const own = labels[label] ?? '';
    // The selector's text is a PromQL string, where a backslash is written twice.
    const wanted = value.replace(/\\(.)/g, '$1');
    if (op === '=' || op === '!=') return (own === wanted) === (op === '=');
    return new RegExp(`^(?:${wanted})$`).test(own) === (op === '=~');
  });
}
