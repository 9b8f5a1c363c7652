// When the alerts of an objective fired: the series ALERTS of a source in, episodes out.
import { minutesIn } from '../lint/spec.ts';
import type { Source } from '../source/source.ts';

export interface Episode {
  alert: string;
  objective: string;
  fromSeconds: number;
  toSeconds: number;
  /** Windows of the policy that fired, such as 1h, the first one first. */
  tiers: string[];
  isPage: boolean;
}

const STEP_SECONDS = 60;
/** Firing again within this time is the same episode. */
const SAME_SECONDS = 600;

/** Episodes between two moments, all tiers of an alert as one, in the order of time. A tier's end is known to a minute. */
export async function episodesOf(
  source: Source,
  { fromSeconds, toSeconds }: { fromSeconds: number; toSeconds: number },
): Promise<Episode[]> {
  const query = 'count by (alertname, slo, tier, notify) (ALERTS{alertstate="firing",slo!="",notify!="nobody"})';
  const found: Episode[] = [];
  for (const { labels, samples } of await source.range(query, { fromSeconds, toSeconds, stepSeconds: STEP_SECONDS })) {
    for (const [seconds] of samples) {
      const last = found.at(-1);
      const { alertname = '', slo = '', tier, notify } = labels;
      const tiers = tier ? [tier] : [];
      if (
        last?.alert === alertname &&
        last.objective === slo &&
        last.tiers[0] === tiers[0] &&
        seconds - last.toSeconds <= SAME_SECONDS
      )
        last.toSeconds = seconds;
      else
        found.push({
          alert: alertname,
          objective: slo,
          fromSeconds: seconds,
          toSeconds: seconds,
          tiers,
          isPage: notify === 'page',
        });
    }
  }
  return merged(found);
}

/** Tiers of one alert whose times overlap are one episode. Pure. */
export function merged(found: readonly Episode[]): Episode[] {
  const all: Episode[] = [];
  for (const one of [...found].sort((a, b) => a.fromSeconds - b.fromSeconds || windowOf(a) - windowOf(b))) {
    const same = all.findLast(({ alert, objective }) => alert === one.alert && objective === one.objective);
    if (same && one.fromSeconds - same.toSeconds <= SAME_SECONDS) {
      same.toSeconds = Math.max(same.toSeconds, one.toSeconds);
      same.isPage ||= one.isPage;
      same.tiers = [...new Set([...same.tiers, ...one.tiers])];
    } else all.push({ ...one });
  }
  return all;
}

const windowOf = ({ tiers: [tier] }: Episode) => minutesIn(tier) ?? 0;
