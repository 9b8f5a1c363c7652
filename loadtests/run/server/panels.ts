// What a service says of itself in the course of a run: its metrics, read again and again, become one line per series. Pure.
import type { ExposedSample } from '../../../slo/source/exposition.ts';
import type { Panel } from '../../../system/local/service-spec.ts';

export interface Line {
  /** The process, and the value of the panel's label: `api idle`. */
  name: string;
  /** One for each reading; null where there was nothing to read or to divide by. */
  values: (number | null)[];
}

export interface PanelLines {
  title: string;
  unit: string;
  lines: Line[];
}

/** Metrics of one process at one moment. */
export interface Scrape {
  process: string;
  samples: readonly ExposedSample[];
}

type Labels = Record<string, string>;
const has = (labels: Labels, wanted: Labels) => Object.entries(wanted).every(([name, value]) => labels[name] === value);

/** Sums of one line at one moment: all of it, the part with the labels `of`, and by upper bound. */
interface Sums {
  all: number;
  part: number;
  buckets: Map<number, number>;
}

const add = (map: Map<number, number>, key: number, value: number) => map.set(key, (map.get(key) ?? 0) + value);

function sumsOf(panel: Panel, scrapes: readonly Scrape[]): Map<string, Sums> {
  const found = new Map<string, Sums>();
  const name = panel.show === 'p95' ? `${panel.metric}_bucket` : panel.metric;
  for (const { process, samples } of scrapes) {
    for (const sample of samples) {
      if (sample.name !== name || !has(sample.labels, panel.where)) continue;
      const line = [process, panel.by === undefined ? undefined : (sample.labels[panel.by] ?? '')].filter(Boolean);
      const key = line.join(' ');
      const sums = found.get(key) ?? { all: 0, part: 0, buckets: new Map() };
      sums.all += sample.value;
      if (panel.of && has(sample.labels, panel.of)) sums.part += sample.value;
      if (panel.show === 'p95') add(sums.buckets, boundOf(sample.labels.le), sample.value);
      found.set(key, sums);
    }
  }
  return found;
}

const boundOf = (le: string | undefined) => (le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le));

/** A counter that is smaller than before began again at 0 with its process. */
const increase = (after: number, before: number) => (after >= before ? after - before : after);

function increaseOf(after: Sums, before: Sums): Sums {
  const buckets = new Map(
    [...after.buckets].map(([bound, count]) => [bound, increase(count, before.buckets.get(bound) ?? 0)]),
  );
  return { all: increase(after.all, before.all), part: increase(after.part, before.part), buckets };
}

/**
 * Quantile of what was observed, straight between the bounds of its bucket, as Prometheus' histogram_quantile has it; the
 * highest finite bound for what lies above. Null when nothing was observed.
 * @param buckets counts at most each upper bound, cumulative
 */
export function quantileOfBuckets(q: number, buckets: ReadonlyMap<number, number>): number | null {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (total === 0) return null;
  let [lower, below] = [0, 0];
  for (const [upper, count] of sorted) {
    if (count >= q * total) {
      if (upper === Number.POSITIVE_INFINITY) return lower;
      return count === below ? lower : lower + ((upper - lower) * (q * total - below)) / (count - below);
    }
    [lower, below] = [upper, count];
  }
  return lower;
}

function valueAt(panel: Panel, now: Sums, before: Sums | undefined, seconds: number): number | null {
  if (panel.show === 'value') return now.all * panel.times;
  if (!before || seconds <= 0) return null;
  const grown = increaseOf(now, before);
  if (panel.show === 'rate') return (grown.all / seconds) * panel.times;
  if (panel.show === 'share') return grown.all > 0 ? grown.part / grown.all : null;
  const quantile = quantileOfBuckets(0.95, grown.buckets);
  return quantile === null ? null : quantile * panel.times;
}

/** Takes readings in their order; `lines` gives every line with one value for each of them. */
export function startPanels(panels: readonly Panel[]) {
  const states = panels.map((panel) => ({ panel, before: new Map<string, Sums>(), lines: new Map<string, Line>() }));
  let readings = 0;
  let lastMs = 0;
  return {
    add(atMs: number, scrapes: readonly Scrape[]): void {
      for (const { panel, before, lines } of states) {
        for (const [name, sums] of sumsOf(panel, scrapes)) {
          const line = lines.get(name) ?? { name, values: Array(readings).fill(null) };
          lines.set(name, line);
          line.values.push(valueAt(panel, sums, before.get(name), (atMs - lastMs) / 1000));
          before.set(name, sums);
        }
        for (const { values } of lines.values()) if (values.length === readings) values.push(null);
      }
      readings++;
      lastMs = atMs;
    },
    lines: (): PanelLines[] =>
      states.map(({ panel: { title, unit }, lines }) => ({ title, unit, lines: [...lines.values()] })),
  };
}
