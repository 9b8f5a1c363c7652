// Units: whether durations are seconds, by what they are called and by what their values are. Pure.
import type { ExposedSample } from '../../source/exposition.ts';
import { type Exposed, type Finding, familyOf, wrong } from '../finding.ts';

const CHECK = 'units';
/** Bounds of seconds end far below this; bounds of milliseconds begin near 1 and end in the thousands. */
const LARGEST_BOUND = 600;
/** A request of this mean length is no request. */
const LONGEST_MEAN = 120;
const SOME = 10;

/** Histograms of durations only: the objectives are made of them. */
export function checkUnits({ samples, types }: Exposed): Finding[] {
  const families = Map.groupBy(
    samples.filter(({ name }) => /_(bucket|sum|count)$/.test(name)),
    ({ name }) => familyOf(name),
  );
  return [...families].flatMap(([family, own]) => {
    const type = types.get(family) ?? 'histogram';
    if (type !== 'histogram' || !own.some(({ name }) => name.endsWith('_bucket'))) return [];
    if (/_(milliseconds|millis|ms|microseconds|us)$/.test(family))
      return [
        wrong(
          CHECK,
          family,
          'its name says that it does not count seconds',
          'count seconds and end the name in _seconds',
        ),
      ];
    return /_seconds$/.test(family) ? byValues(family, own) : [];
  });
}

function byValues(family: string, samples: readonly ExposedSample[]): Finding[] {
  const total = (end: string, isOne: (sample: ExposedSample) => boolean = () => true) =>
    samples
      .filter((sample) => sample.name === family + end && Number.isFinite(sample.value) && isOne(sample))
      .reduce((sum, { value }) => sum + value, 0);
  const bounds = samples.map(({ labels }) => Number(labels.le)).filter(Number.isFinite);
  // Without classic buckets another check speaks.
  if (bounds.length === 0) return [];
  const largest = Math.max(...bounds);
  const count = total('_count');
  const mean = count > 0 ? total('_sum') / count : 0;
  const inLargest = total('_bucket', ({ labels }) => Number(labels.le) === largest);
  const todo = 'observe seconds: divide milliseconds by 1000 where the histogram is fed';
  if (largest > LARGEST_BOUND)
    return [wrong(CHECK, family, `its largest bound is ${largest}: these are bounds of milliseconds`, todo)];
  if (count >= SOME && mean > LONGEST_MEAN)
    return [wrong(CHECK, family, `its mean is ${mean.toFixed(0)} s: milliseconds are observed as seconds`, todo)];
  if (count >= SOME && inLargest / count < 0.05 && mean > largest)
    return [
      wrong(
        CHECK,
        family,
        `${Math.round((1 - inLargest / count) * 100)} % lie above its largest bound of ${largest} s`,
        todo,
      ),
    ];
  return [];
}
