// What was spent of one objective's error budget, and on what: measured steps, maintenance and incidents in, an account out. Pure.
import { budgetOf } from '../compile/check.ts';
import type { Objective } from '../objectives/read.ts';
import type { MaintenanceWindow } from './maintenance.ts';
import type { Measured } from './measure.ts';
import type { Month } from './month.ts';
import type { Step } from './steps.ts';

/** A time whose bad events have one cause: an incident with a postmortem, or a page that nobody has explained yet. */
export interface CauseSpan {
  kind: 'incident' | 'page';
  what: string;
  fromSeconds: number;
  toSeconds: number;
}

export interface Cause {
  kind: CauseSpan['kind'] | 'labels' | 'others';
  what: string;
  bad: number;
  /** Share of the budget of the events so far. */
  spent: number;
}

export interface Account {
  objective: string;
  displayName: string;
  alert: string;
  target: number;
  counts: 'events' | 'slices';
  knownSinceSeconds: number | null;
  /** Events so far, maintenance taken out. */
  bad: number;
  total: number;
  /** Good / total; null without events. */
  achieved: number | null;
  /** bad / (total x (1 - target)) of the events so far, as the recorded rule `slo:budget_remaining:ratio_month` counts; above 1 the objective is missed. */
  spent: number | null;
  /** The same by the events of the whole month, when the rest has as many an hour: what cannot come back. */
  spentOfMonth: number | null;
  /** Slices only: minutes that were bad and that the whole month allows, maintenance taken out. */
  minutes: { bad: number; budget: number } | null;
  resets: number;
  /** Series left out because they do not count good events. */
  withoutGood: number;
  excluded: (MaintenanceWindow & { bad: number; total: number })[];
  causes: Cause[];
  perDay: { day: string; bad: number; total: number }[];
  /** Share of the month's budget that is left at the end of each step. */
  course: { atSeconds: number; left: number }[];
}

/** Groups of labels that stand in the list by themselves. */
const MOST_GROUPS = 6;
const HOUR = 3600;

/**
 * @param measured cut at the edges of `maintenance` (without overlaps) and of `spans`, so that each step is inside or outside
 */
export function accountOf(
  objective: Objective,
  measured: Measured,
  {
    month,
    asOfSeconds,
    maintenance,
    spans,
  }: { month: Month; asOfSeconds: number; maintenance: MaintenanceWindow[]; spans: CauseSpan[] },
): Account {
  const { steps, bad, total, knownSinceSeconds } = measured;
  const allowed = budgetOf(objective);
  const isOut = steps.map((step) => maintenance.some((window) => contains(window, step)));
  const counted = steps.flatMap((_, index) => (isOut[index] ? [] : [index]));
  const add = (values: Float64Array, indexes: readonly number[]) =>
    indexes.reduce((sum, index) => sum + values[index]!, 0);
  const [badSum, totalSum] = [add(bad, counted), add(total, counted)];
  const share = (events: number) => (totalSum > 0 ? events / totalSum / allowed : 0);

  const since = knownSinceSeconds ?? asOfSeconds;
  const measuredSeconds = lengthWithout(since, asOfSeconds, maintenance);
  const monthSeconds = lengthWithout(since, month.toSeconds, maintenance);
  const expected = measuredSeconds > 0 ? (totalSum / measuredSeconds) * monthSeconds : 0;
  let soFar = 0;
  const { source } = objective;
  return {
    objective: objective.name,
    displayName: objective.displayName,
    alert: objective.alert,
    target: objective.target,
    counts: source.kind,
    knownSinceSeconds: knownSinceSeconds ?? null,
    bad: badSum,
    total: totalSum,
    achieved: totalSum > 0 ? 1 - badSum / totalSum : null,
    spent: totalSum > 0 ? share(badSum) : null,
    spentOfMonth: expected > 0 ? badSum / expected / allowed : null,
    minutes:
      source.kind === 'slices' && totalSum > 0
        ? { bad: (badSum * source.sliceSeconds) / 60, budget: (monthSeconds / 60) * allowed }
        : null,
    resets: measured.resets,
    withoutGood: measured.withoutGood,
    excluded: maintenance.map((window) => {
      const inside = steps.flatMap((step, index) => (contains(window, step) ? [index] : []));
      return { ...window, bad: add(bad, inside), total: add(total, inside) };
    }),
    causes: causesOf(measured, counted, spans, add).map((cause) => ({ ...cause, spent: share(cause.bad) })),
    perDay: days(steps, counted, bad, total),
    course: steps.map(({ toSeconds }, index) => {
      if (!isOut[index]) soFar += bad[index]!;
      return { atSeconds: toSeconds, left: expected > 0 ? 1 - soFar / expected / allowed : 1 };
    }),
  };
}

const contains = (span: Step, step: Step) => step.fromSeconds >= span.fromSeconds && step.toSeconds <= span.toSeconds;

/** Incidents and pages by their time; what is outside of them by what the series say. The greatest of each first. */
function causesOf(
  { steps, bad, byLabels }: Measured,
  counted: readonly number[],
  spans: readonly CauseSpan[],
  add: (values: Float64Array, indexes: readonly number[]) => number,
): Omit<Cause, 'spent'>[] {
  const inside = new Map<CauseSpan, number[]>(spans.map((span) => [span, []]));
  const rest: number[] = [];
  for (const index of counted) {
    const span = spans.find((one) => contains(one, steps[index]!));
    if (span) inside.get(span)!.push(index);
    else rest.push(index);
  }
  const groups = byLabels
    .map(({ labels, perStep }) => ({ kind: 'labels' as const, what: whatOf(labels), bad: add(perStep, rest) }))
    .filter((group) => group.bad > 0)
    .sort((a, b) => b.bad - a.bad);
  const others = groups.slice(MOST_GROUPS);
  return [
    ...[...inside]
      .map(([{ kind, what }, indexes]) => ({ kind, what, bad: add(bad, indexes) }))
      .filter((cause) => cause.bad > 0)
      .sort((a, b) => b.bad - a.bad),
    ...groups.slice(0, MOST_GROUPS),
    ...(others.length > 0
      ? [
          {
            kind: 'others' as const,
            what: `${others.length} others`,
            bad: others.reduce((sum, group) => sum + group.bad, 0),
          },
        ]
      : []),
  ];
}

/** `500 POST /api/v1/members`, or the values of whatever labels there are. */
function whatOf(labels: Record<string, string>): string {
  const { http_response_status_code: code, http_request_method: method, http_route: route, ...others } = labels;
  const rest = Object.entries(others).map(([label, value]) => (label === 'state' ? value : `${label} ${value}`));
  return [code, method, route, ...rest].filter((part) => part !== undefined).join(' ') || 'all';
}

function days(steps: readonly Step[], counted: readonly number[], bad: Float64Array, total: Float64Array) {
  const found = new Map<string, { day: string; bad: number; total: number }>();
  for (const index of counted) {
    const day = new Date(steps[index]!.fromSeconds * 1000).toISOString().slice(0, 10);
    const sum = found.get(day) ?? { day, bad: 0, total: 0 };
    found.set(day, { day, bad: sum.bad + bad[index]!, total: sum.total + total[index]! });
  }
  return [...found.values()];
}

/** Seconds between two moments that are in no window. */
function lengthWithout(fromSeconds: number, toSeconds: number, windows: readonly MaintenanceWindow[]): number {
  const out = windows.map((window) =>
    Math.max(0, Math.min(window.toSeconds, toSeconds) - Math.max(window.fromSeconds, fromSeconds)),
  );
  return Math.max(0, toSeconds - fromSeconds - out.reduce((sum, seconds) => sum + seconds, 0));
}

/** Hours and minutes of a span of seconds: `26 h 10 min`. */
export function durationText(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor((minutes * 60) / HOUR);
  return hours > 0 ? `${hours} h ${minutes - hours * 60} min` : `${minutes} min`;
}
