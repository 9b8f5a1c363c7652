// A fault in steps of time: how bad each step was in, what Prometheus sees and which tiers must fire out. Pure.
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import { budgetOf, selectorOf } from './check.ts';
import type { Selector } from './promql.ts';

/** Share of bad events per step (events: any ratio; slices: 0 or 1). */
export type Timeline = number[];

export interface InputSeries {
  series: string;
  values: string;
}

const EVENTS_PER_STEP = 6000;
const MINUTES = { m: 1, h: 60, d: 1440 } as const;

/** '6h' to 360. */
export function minutesOf(window: string): number {
  return Number.parseInt(window, 10) * MINUTES[window.at(-1) as keyof typeof MINUTES];
}

/** A clean past of `before` steps, `during` steps with that share of bad events, then `after` clean steps. */
export function faultTimeline(ratio: number, steps: { before: number; during: number; after: number }): Timeline {
  const clean = (length: number): Timeline => Array.from({ length }, () => 0);
  return [...clean(steps.before), ...Array.from({ length: steps.during }, () => ratio), ...clean(steps.after)];
}

/**
 * How many times over its threshold the weaker of a tier's two windows is at a step: above 1 it must fire.
 * An own sum over the timeline, so that the rules are judged by something other than themselves.
 */
export function overThreshold(
  objective: Objective,
  tier: BurnTier,
  timeline: Timeline,
  step: number,
  stepMinutes: number,
): number {
  const of = (window: string) => {
    const steps = Math.max(1, minutesOf(window) / stepMinutes);
    const seen = timeline.slice(Math.max(0, step - steps + 1), step + 1);
    const bad = seen.reduce((sum, share) => sum + share, 0) / Math.min(steps, step + 1);
    return bad / (tier.factor * budgetOf(objective));
  };
  return Math.min(of(tier.long), of(tier.short));
}

/** A target that answers no more, or one that is gone from what Prometheus knows. */
export type Outage = 'down' | 'vanished';

/** The timeline as promtool's input series, with traffic beside it that must not count. */
export function inputSeries(objective: Objective, timeline: Timeline, outage: Outage = 'down'): InputSeries[] {
  const { source } = objective;
  if (source.kind === 'slices') {
    const series = print(selectorOf(objective, source.query), { instance: 'api-1' });
    return [{ series, values: scrapes(timeline, outage) }];
  }
  const total = selectorOf(objective, source.total);
  const counted = selectorOf(objective, (source.bad ?? source.good)!);
  const bad = (share: number) => Math.round(share * EVENTS_PER_STEP);
  const good = (share: number) => EVENTS_PER_STEP - bad(share);
  const all = () => EVENTS_PER_STEP;
  const noise = { http_route: '/actuator/health/readiness', http_response_status_code: '503', instance: 'api-1' };
  const fine = { http_response_status_code: '200', instance: 'api-1' };
  return source.bad
    ? [
        { series: print(counted, { instance: 'api-1' }), values: counter(timeline.map(bad)) },
        { series: print(total, fine), values: counter(timeline.map(good)) },
        { series: print(total, noise), values: counter(timeline.map(all)) },
      ]
    : [
        { series: print(counted, fine), values: counter(timeline.map(good)) },
        { series: print(total, fine), values: counter(timeline.map(all)) },
        { series: print(counted, noise), values: counter(timeline.map(() => 0)) },
        { series: print(total, noise), values: counter(timeline.map(all)) },
      ];
}

/** Values that a label really has, to stand for a regular expression. */
const EXAMPLES = ['/api/v1/members/:id', '500', '200'];

function print({ metric, matchers }: Selector, chosen: Record<string, string>): string {
  const labels: Record<string, string> = {};
  for (const { label, op, value } of matchers) {
    const fits = (text: string) => (op === '=' ? text === value : new RegExp(`^(?:${value})$`).test(text));
    labels[label] = op === '=' ? value : (EXAMPLES.find(fits) ?? value);
  }
  const text = Object.entries({ ...labels, ...chosen }).map(([label, value]) => `${label}="${value}"`);
  return `${metric}{${text.join(',')}}`;
}

/** promtool's notation for a counter that grows by `perStep` a step: `start+growth x times`. */
function counter(perStep: number[]): string {
  const parts: string[] = [];
  let value = 0;
  for (const [growth, times] of grouped(perStep)) {
    parts.push(`${value + growth}+${growth}x${times - 1}`);
    value += growth * times;
  }
  return parts.join(' ');
}

/** promtool's notation for 1 while good and, while bad, 0 or nothing at all (a stale marker, then gaps). */
function scrapes(timeline: Timeline, outage: Outage): string {
  return grouped(timeline)
    .map(([bad, times]) => {
      if (bad === 0) return `1x${times - 1}`;
      return outage === 'down' ? `0x${times - 1}` : `stale _x${times - 1}`;
    })
    .join(' ');
}

/** Equal neighbours as pairs of value and length. */
function grouped(values: number[]): [value: number, times: number][] {
  const pairs: [number, number][] = [];
  for (const value of values) {
    const last = pairs.at(-1);
    if (last?.[0] === value) last[1] += 1;
    else pairs.push([value, 1]);
  }
  return pairs;
}
