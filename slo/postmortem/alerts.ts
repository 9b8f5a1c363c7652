// When alerts began and ended near an incident: a source and a span in, rows of the timeline out, the incident's own ones told apart.
import type { Source } from '../source/source.ts';
import type { Row } from './changes.ts';
import { firstSample, lastSample, MINUTE, type Span } from './counts.ts';
import { intervalsOf } from './intervals.ts';
import { isoOf } from './units.ts';

export interface AlertRows {
  rows: Row[];
  /** Ids of the figures of the first alert of the objective, and of the first that paged; undefined when none did. */
  detected: string | undefined;
  paged: string | undefined;
  /** One per alert that is still firing at the end of the span, in words. */
  stillFiring: string[];
}

/** An alert that is gone for less belongs to the same episode; rules are seldom evaluated less often. */
const GAP_SECONDS = 5 * MINUTE;
const STEP_SECONDS = 15;
const LABELS = ['alertname', 'slo', 'tier', 'reason', 'notify', 'severity'] as const;

/**
 * @param span where to look: the incident and some time round it
 * @param slo name of the incident's objective
 * @param fromSeconds alerts of it that began before are of an earlier incident
 */
export async function alertsIn(source: Source, span: Span, slo: string, fromSeconds: number): Promise<AlertRows> {
  const expr = `max by (${LABELS.join(', ')}) (max_over_time(ALERTS{alertstate="firing",notify!="nobody"}[${STEP_SECONDS}s]))`;
  const series = await source.range(expr, { ...span, stepSeconds: STEP_SECONDS });
  const episodes = series
    .flatMap(({ labels, samples }) =>
      intervalsOf(
        samples.map(([at]) => at),
        GAP_SECONDS,
      ).map((interval) => ({ labels, ...interval })),
    )
    .sort((a, b) => a.fromSeconds - b.fromSeconds || rankOf(a).localeCompare(rankOf(b)))
    .map((episode, index) => ({
      ...episode,
      id: `alert-${index + 1}`,
      open: episode.toSeconds >= span.toSeconds - MINUTE,
    }));
  const rows = episodes.flatMap(({ id, labels, fromSeconds: from, toSeconds: to, open }): Row[] => {
    const name = nameOf(labels);
    const selector = `ALERTS{alertstate="firing",${LABELS.flatMap((label) => (labels[label] === undefined ? [] : [`${label}=${JSON.stringify(labels[label])}`])).join(',')}}`;
    const row = (suffix: string, text: string, query: string, at: number): Row => ({
      figure: { id: `${id}-${suffix}`, title: text, unit: 'utc', query, atUtc: isoOf(at) },
      text,
    });
    const seconds = to - from + MINUTE;
    const began = row('fires', `${name} fires`, firstSample(selector, 2 * MINUTE), from + MINUTE);
    if (open) return [began];
    return [began, row('ends', `${name} fires for the last time`, lastSample(selector, seconds), to)];
  });
  const own = episodes.filter(({ labels, fromSeconds: from }) => labels.slo === slo && from >= fromSeconds);
  const idOf = (episode: (typeof own)[number] | undefined) => episode && `${episode.id}-fires`;
  return {
    rows,
    detected: idOf(own[0]),
    paged: idOf(own.find(({ labels }) => labels.notify === 'page')),
    stillFiring: episodes.filter(({ open }) => open).map(({ labels }) => nameOf(labels)),
  };
}

/** Pages before tickets, the shorter windows first. */
const rankOf = ({ labels }: { labels: Record<string, string> }) => `${labels.notify} ${labels.tier}`;

/** `ErrorBudgetBurn (page, tier 1h)`; without labels of ours only the name. */
function nameOf({ alertname = '', notify, tier, reason, slo }: Record<string, string>): string {
  const more = [notify, tier && `tier ${tier}`, reason && `${slo}: ${reason}`].filter(Boolean).join(', ');
  return more ? `${alertname} (${more})` : alertname;
}
