// An objective in, the burn alerts out that somebody makes of it: our compiler, Sloth, Pyrra. One shape for all, so that one
// simulation judges them.
import { thresholdIn } from '../compile/faults.ts';
import { sureRatio } from '../compile/guard.ts';
import { compileRules } from '../compile/rules.ts';
import { pyrraWindows } from '../lint/pyrra.ts';
import { slothWindows } from '../lint/sloth.ts';
import { minutesIn } from '../lint/spec.ts';
import type { Objective } from '../objectives/read.ts';

export type Maker = 'ours' | 'Sloth' | 'Pyrra';
export const MAKERS: readonly Maker[] = ['ours', 'Sloth', 'Pyrra'];

export interface Tier {
  /** `1h/5m`, in the words of its maker. */
  name: string;
  pages: boolean;
  longMs: number;
  shortMs: number;
  /** Share of bad above which both windows must be. */
  threshold: number;
  /** The long window counts with Wilson's lower bound. */
  guarded: boolean;
  /** How long both must have been above before it fires. */
  forMs: number;
}

export interface RuleSet {
  maker: Maker;
  everyMs: number;
  tiers: Tier[];
}

/** Both tools know only periods of a fixed length: of theirs this is the nearest to a month. */
const RIVAL_PERIOD_DAYS = 30;
/**
 * Pyrra writes 30 s into its burn-rate group (slo/rules.go, `Burnrates`). Sloth writes nothing, which means whatever the
 * Prometheus has been told: the same 30 s here, so that only the rules differ.
 */
const RIVAL_EVERY_MS = 30_000;

/** @param monthDays length of the calendar month, which only our rules follow */
export function ruleSet(maker: Maker, objective: Objective, monthDays: number): RuleSet {
  if (maker === 'ours') return ours(objective, monthDays);
  const windows = maker === 'Sloth' ? slothWindows(RIVAL_PERIOD_DAYS) : pyrraWindows(RIVAL_PERIOD_DAYS * 1440);
  const budget = Number((1 - objective.target).toPrecision(9));
  return {
    maker,
    everyMs: RIVAL_EVERY_MS,
    tiers: windows.map(({ pages, longMinutes, shortMinutes, factor, forMinutes }) => ({
      name: `${minutesText(longMinutes)}/${minutesText(shortMinutes)}`,
      pages,
      longMs: longMinutes * 60_000,
      shortMs: shortMinutes * 60_000,
      threshold: factor * budget,
      guarded: false,
      forMs: forMinutes * 60_000,
    })),
  };
}

/** Interval and `for` as they stand in the compiled group, thresholds by the compiler's own function. */
function ours(objective: Objective, monthDays: number): RuleSet {
  const group = compileRules([objective]).groups.find(({ name }) => name === `slo-${objective.name}`)!;
  const alerts = group.rules.filter(({ alert }) => alert === objective.alert);
  return {
    maker: 'ours',
    everyMs: msOf(group.interval),
    tiers: objective.policy.map((tier) => ({
      name: `${tier.long}/${tier.short}`,
      pages: tier.notify === 'page',
      longMs: msOf(tier.long),
      shortMs: msOf(tier.short),
      threshold: thresholdIn(objective, tier, monthDays),
      guarded: sureRatio(objective, tier.long) !== `slo:sli_error:ratio_rate${tier.long}`,
      forMs: msOf(alerts.find(({ labels }) => labels.tier === tier.long)!.for ?? '0m'),
    })),
  };
}

const msOf = (duration: string) => Math.round(minutesIn(duration)! * 60_000);

/** 90 to `90m`, 360 to `6h`. */
const minutesText = (minutes: number) =>
  minutes % 1440 === 0 ? `${minutes / 1440}d` : minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
