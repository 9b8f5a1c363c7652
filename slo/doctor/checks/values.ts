// Values that no rule can use: NaN, negative counters, counters that go down although their process goes on, series given twice. Pure.
import { labelsText } from '../../source/client.ts';
import type { ExposedSample } from '../../source/exposition.ts';
import { type Exposed, type Finding, familyOf, fewOf, wrong } from '../finding.ts';

const text = ({ name, labels }: ExposedSample) => labelsText({ __name__: name, ...labels });

/** Counters and the series of histograms; in a Prometheus the name must do. */
function isCounter({ name }: ExposedSample, types: Exposed['types']): boolean {
  const type = types.get(name) ?? types.get(name.replace(/_total$/, '')) ?? types.get(familyOf(name));
  if (type === 'histogram') return !name.endsWith('_sum') && familyOf(name) !== name;
  return type === 'counter' || (type === undefined && /_(total|bucket|count)$/.test(name));
}

export function checkNumbers({ samples, types }: Exposed): Finding[] {
  const findings: Finding[] = [];
  const nan = samples.filter((one) => Number.isNaN(one.value) && types.get(one.name) !== 'summary');
  if (nan.length > 0)
    findings.push(
      wrong(
        'NaN',
        fewOf(nan.map(text)),
        `${nan.length} series are not a number: every sum over them is NaN, and an alert on NaN is silent`,
        'do not expose what is not known: leave the series out until there is a value',
      ),
    );
  const negative = samples.filter((one) => one.value < 0 && isCounter(one, types));
  if (negative.length > 0)
    findings.push(
      wrong('counters', fewOf(negative.map(text)), 'a counter is below 0', 'count up only; what goes down is a gauge'),
    );
  const seen = new Set<string>();
  const twice = samples.map(text).filter((series) => {
    const isKnown = seen.has(series);
    seen.add(series);
    return isKnown;
  });
  if (twice.length > 0)
    findings.push(
      wrong('series', fewOf(twice), `${twice.length} series are given twice`, 'one registry must not be exposed twice'),
    );
  return findings;
}

/** Two looks at one process: a counter that is lower the second time, although the process did not begin anew. */
export function checkFalling(first: Exposed, second: Exposed): Finding[] {
  const startOf = ({ samples }: Exposed) => samples.find(({ name }) => name === 'process_start_time_seconds')?.value;
  const [before, after] = [startOf(first), startOf(second)];
  if (before !== undefined && after !== undefined && after > before) return [];
  const values = new Map(
    first.samples.filter((one) => isCounter(one, first.types)).map((one) => [text(one), one.value]),
  );
  const names = new Set(second.samples.map(text));
  const falling = second.samples.filter((one) => one.value < (values.get(text(one)) ?? Number.NEGATIVE_INFINITY));
  const gone = [...values.keys()].filter((series) => !names.has(series));
  const findings: Finding[] = [];
  const cause =
    before === undefined
      ? 'process_start_time_seconds is not exposed, so a restart cannot be told'
      : 'and the process did not begin anew';
  if (falling.length > 0)
    findings.push(
      wrong(
        'counters',
        fewOf(falling.map(text)),
        `${falling.length} counters went down between two scrapes, ${cause}: each fall counts as a reset and invents events`,
        'do not reset or set counters; two processes must not answer at one address (scrape each instance by itself)',
      ),
    );
  if (gone.length > 0)
    findings.push(
      wrong(
        'counters',
        fewOf(gone),
        `${gone.length} counters were there at the first scrape and not at the second`,
        'keep a series for the life of its process; two processes must not answer at one address',
      ),
    );
  return findings;
}
