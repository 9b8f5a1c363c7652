// What lint judges, whatever format it was written in: a target, the tiers of its alerts, the counters that it reads.
import type { Place } from '../openslo/documents.ts';

/** One tier of a burn-rate alert as its tool evaluates it. */
export interface LintTier {
  /** For people: `page 1h/5m`. */
  name: string;
  longMinutes: number;
  /** Of a policy with two windows. */
  shortMinutes?: number;
  factor: number;
  /** `for` of the alert: it waits that long after the windows have crossed. */
  forMinutes: number;
  pages: boolean;
  /** `sev-1` to `sev-3`, where the format has it beside who is told. */
  severity?: string;
  at: Place;
}

export interface LintSpec {
  origin: 'OpenSLO' | 'Sloth' | 'Pyrra';
  name: string;
  /** Share of good events, 0 to 1. */
  target: number;
  tiers: LintTier[];
  /** Queries of the bad (or good) and of all events. */
  counted: string[];
  total?: string;
  owner?: string;
  runbook?: string;
  /** Name of its alert, and of the objective of which it is a part. */
  alert?: string;
  partOf?: string;
  /** The factors stand as fixed numbers for an objective of a calendar month: the place of the first. */
  fixedInMonth?: Place;
  at: { slo: Place; target: Place; indicator: Place };
}

export type Rule =
  | 'malformed'
  | 'dead-tier'
  | 'late-page'
  | 'no-bucket'
  | 'shared-counter'
  | 'contradiction'
  | 'no-owner'
  | 'no-runbook'
  | 'month-length'
  | 'bad-query';

export interface Finding extends Place {
  rule: Rule;
  what: string;
  why: string;
  /** A note does not fail the command: it says what could not be judged. */
  level: 'error' | 'note';
}

const MINUTES = { s: 1 / 60, m: 1, h: 60, d: 1440, w: 10080 } as const;

/** '1h30m' or '4w' in minutes, or undefined. Units of Prometheus and OpenSLO below the month. */
export function minutesIn(duration: unknown): number | undefined {
  if (typeof duration !== 'string' || !/^(\d+[smhdw])+$/.test(duration)) return undefined;
  return [...duration.matchAll(/(\d+)([smhdw])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * MINUTES[unit as keyof typeof MINUTES],
    0,
  );
}

/** Largest possible burn: everything bad. */
export const maxBurn = ({ target }: Pick<LintSpec, 'target'>) => 1 / (1 - target);

/**
 * Minutes from "everything is bad" to the alert, on a clean past; Infinity when it never comes.
 * The Site Reliability Workbook, chapter 5: (1 - target) / share of bad x window x factor; then the alert's own wait.
 */
export function minutesToFire(spec: Pick<LintSpec, 'target'>, tier: LintTier): number {
  if (tier.factor >= maxBurn(spec)) return Number.POSITIVE_INFINITY;
  return (1 - spec.target) * tier.factor * tier.longMinutes + tier.forMinutes;
}

/** Minutes to the first page at a total outage. */
export const minutesToPage = (spec: LintSpec) =>
  Math.min(
    Number.POSITIVE_INFINITY,
    ...spec.tiers.filter(({ pages }) => pages).map((tier) => minutesToFire(spec, tier)),
  );
