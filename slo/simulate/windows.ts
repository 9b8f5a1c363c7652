// What Prometheus sees in a window of time: scraped counters or slices in, the share of bad and the number of events out.
import type { Counter, Grid, Scraped } from './traffic.ts';

/** Answers of one objective's recording rules at a moment; NaN where the rule gives no sample. */
export interface Windows {
  badShare(atMs: number, windowMs: number): number;
  events(atMs: number, windowMs: number): number;
  /** The first sample at or after the window's beginning that adds something bad; until then its share is 0. Or Infinity. */
  nextBadMs(atMs: number, windowMs: number): number;
}

/**
 * Shares of scraped counters as the rules ask for them: `bad / (good + bad)` where bad events are counted, `1 - good / all`
 * where good ones are.
 */
export function countedWindows(scraped: Scraped, counts: 'good' | 'bad'): Windows {
  const { grid, good } = scraped;
  const bad = counts === 'bad' ? scraped.bad : [];
  const all: Counter[] = counts === 'bad' ? [good, ...bad] : [sumOf([good, ...scraped.bad])];
  const bads = scraped.bad.length === 1 ? scraped.bad[0]!.values : sumOf(scraped.bad).values;
  const next = nextBad(grid.count, (n) => bads[n]! > (n === 0 ? 0 : bads[n - 1]!));
  const first = (fromMs: number) => firstFrom(grid, fromMs);
  const last = (atMs: number) => Math.min(grid.count - 1, Math.floor((atMs - grid.firstMs) / grid.everyMs));
  const grown = (counters: readonly Counter[], atMs: number, windowMs: number) => {
    const [from, to] = [first(atMs - windowMs), last(atMs)];
    let sum = 0;
    for (const { values, born } of counters) {
      const i = from > born ? from : born;
      if (to <= i) continue;
      const firstMs = grid.firstMs + i * grid.everyMs;
      const lastMs = grid.firstMs + to * grid.everyMs;
      const delta = values[to]! - values[i]!;
      if (delta > 0) sum += increase(values[i]!, delta, grid.everyMs, firstMs, lastMs, atMs - windowMs, atMs);
    }
    return sum;
  };
  const events = (atMs: number, windowMs: number) => grown(all, atMs, windowMs) || Number.NaN;
  return {
    events,
    badShare: (atMs, windowMs) =>
      counts === 'bad'
        ? grown(bad, atMs, windowMs) / events(atMs, windowMs)
        : 1 - grown([good], atMs, windowMs) / events(atMs, windowMs),
    nextBadMs: (atMs, windowMs) => timeOf(grid, next[first(atMs - windowMs) + 1]),
  };
}

/**
 * `increase()` of a counter that did not reset, as Prometheus 2.42 has it (promql/functions.go, `extrapolatedRate`): the
 * growth between the first and the last sample of the window is stretched to the window's edges, but not beyond the moment at
 * which the counter would have been 0; an edge that is 1.1 distances of samples or more away gets half a distance. Prometheus
 * 3 looks at 0 after the half distance: another answer only in a window that is longer than the series is old.
 * @param from the counter's value at the first sample @param delta its growth to the last one, above 0
 */
export function increase(
  from: number,
  delta: number,
  everyMs: number,
  firstMs: number,
  lastMs: number,
  beginMs: number,
  endMs: number,
): number {
  const sampledMs = lastMs - firstMs;
  const stretch = (edgeMs: number) => (edgeMs < everyMs * 1.1 ? edgeMs : everyMs / 2);
  const startMs = stretch(Math.min(firstMs - beginMs, (sampledMs * from) / delta));
  return (delta * (sampledMs + startMs + stretch(endMs - lastMs))) / sampledMs;
}

/**
 * Shares of slices: each evaluation records whether the last scrape found the target up, and a window's share is the mean of
 * what was recorded in it.
 * @param down 1 for a scrape without answer @param evaluations moments at which slices are recorded
 */
export function slicedWindows(down: Uint8Array, grid: Grid, evaluations: Grid): Windows {
  const bads = new Uint32Array(evaluations.count + 1);
  for (let k = 0; k < evaluations.count; k++) {
    const n = Math.floor((evaluations.firstMs + k * evaluations.everyMs - grid.firstMs) / grid.everyMs);
    bads[k + 1] = bads[k]! + (down[n] ?? 0);
  }
  const next = nextBad(evaluations.count, (k) => bads[k + 1]! > bads[k]!);
  const range = (atMs: number, windowMs: number) =>
    [
      firstFrom(evaluations, atMs - windowMs),
      Math.floor((atMs - evaluations.firstMs) / evaluations.everyMs) + 1,
    ] as const;
  const events = (atMs: number, windowMs: number) => {
    const [i, j] = range(atMs, windowMs);
    return j > i ? j - i : Number.NaN;
  };
  const bad = (atMs: number, windowMs: number) => {
    const [i, j] = range(atMs, windowMs);
    return j > i ? bads[j]! - bads[i]! : 0;
  };
  return {
    events,
    badShare: (atMs, windowMs) => bad(atMs, windowMs) / events(atMs, windowMs),
    nextBadMs: (atMs, windowMs) => timeOf(evaluations, next[range(atMs, windowMs)[0]]),
  };
}

/** Index of the first sample in a window that begins at `fromMs`: a sample on the edge is in it (in Prometheus 3 it is not). */
function firstFrom({ firstMs, everyMs }: Grid, fromMs: number): number {
  const n = (fromMs - firstMs) / everyMs;
  return n > 0 ? Math.ceil(n) : 0;
}

/** For each index the first one from there on that is bad; `count` when none is. */
function nextBad(count: number, isBad: (n: number) => boolean): Int32Array {
  const next = new Int32Array(count + 1).fill(count);
  for (let n = count - 1; n >= 0; n--) next[n] = isBad(n) ? n : next[n + 1]!;
  return next;
}

const timeOf = ({ firstMs, everyMs, count }: Grid, n = count) => (n < count ? firstMs + n * everyMs : Infinity);

function sumOf(counters: readonly Counter[]): Counter {
  const values = counters[0]!.values.slice();
  for (const counter of counters.slice(1)) {
    for (let n = 0; n < values.length; n++) values[n]! += counter.values[n]!;
  }
  return { values, born: 0 };
}
