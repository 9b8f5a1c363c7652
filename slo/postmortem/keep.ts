// The samples of which a record's figures are made, kept beside it: a Prometheus forgets after two weeks, and then nobody could ask again.
// A source and figures in, OpenMetrics text with timestamps out.
import { seriesText } from '../drill/exposition.ts';
import { lookedAt } from '../runbooks/lookback.ts';
import type { Source } from '../source/source.ts';
import type { Figure } from './figure.ts';
import { secondsOf } from './units.ts';

/** A selector also finds a series whose last sample is so old (Prometheus, `--query.lookback-delta`). */
const LOOK_BACK_MS = 300_000;

/** Every sample that a query of the figures can see, in the order of time; the text of a recorded file. */
export async function samplesOf(source: Source, figures: readonly Figure[]): Promise<string> {
  const samples = new Map<string, number>();
  for (const { selector, backMs, atSeconds } of rangesOf(figures)) {
    const range = `${selector}[${backMs + LOOK_BACK_MS}ms]`;
    for (const { labels, samples: found } of await source.instant(range, atSeconds, { nan: 'leave-out' })) {
      const { __name__: metric = '', ...others } = labels;
      const series = seriesText(metric, others);
      for (const [seconds, value] of found) samples.set(`${series} ${value} ${seconds.toFixed(3)}`, seconds);
    }
  }
  const lines = [...samples].sort(([, a], [, b]) => a - b).map(([line]) => line);
  return `${lines.join('\n')}\n# EOF\n`;
}

/** The longest range of each selector at each time. */
function rangesOf(figures: readonly Figure[]) {
  const longest = new Map<string, { selector: string; backMs: number; atSeconds: number }>();
  for (const figure of figures) {
    if (!('query' in figure)) continue;
    for (const { selector, backMs } of lookedAt(figure.query)) {
      const key = `${selector} ${figure.atUtc}`;
      if ((longest.get(key)?.backMs ?? -1) < backMs)
        longest.set(key, { selector, backMs, atSeconds: secondsOf(figure.atUtc) });
    }
  }
  return longest.values();
}
