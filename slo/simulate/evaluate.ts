// Windows and a rule set in, when which tier fired out: every evaluation as Prometheus makes it.
import { sureShare } from '../compile/guard.ts';
import type { RuleSet, Tier } from './rule-set.ts';
import type { Grid } from './traffic.ts';
import type { Windows } from './windows.ts';

/** From the first evaluation at which it fired to the first at which it did not; Infinity when it still did at the end. */
export interface Firing {
  tier: Tier;
  fromMs: number;
  toMs: number;
}

/** @param evaluations moments of the evaluations, a part of which may lie before those that are asked for */
export function evaluate({ tiers }: RuleSet, windows: Windows, evaluations: Grid): Firing[] {
  return tiers.flatMap((tier) => firings(tier, windows, evaluations));
}

/**
 * Prometheus, rules/alerting.go: an alert becomes active at the first evaluation that gives a sample, and fires at the first
 * one at least `for` later if every one between gave a sample, too.
 */
function firings(tier: Tier, windows: Windows, { firstMs, everyMs, count }: Grid): Firing[] {
  const found: Firing[] = [];
  let activeMs = Number.NaN;
  let open: Firing | undefined;
  for (let k = 0; k < count; k++) {
    const atMs = firstMs + k * everyMs;
    const badMs = windows.nextBadMs(atMs, tier.shortMs);
    if (badMs > atMs || !isAbove(tier, windows, atMs)) {
      if (open) open.toMs = atMs;
      open = undefined;
      activeMs = Number.NaN;
      // Nothing can change before the short window has something bad in it.
      if (badMs > atMs) k = Math.max(k, Math.ceil((badMs - firstMs) / everyMs) - 1);
      continue;
    }
    if (Number.isNaN(activeMs)) activeMs = atMs;
    if (open || atMs - activeMs < tier.forMs) continue;
    open = { tier, fromMs: atMs, toMs: Number.POSITIVE_INFINITY };
    found.push(open);
  }
  return found;
}

function isAbove({ longMs, shortMs, threshold, guarded }: Tier, windows: Windows, atMs: number): boolean {
  if (!(windows.badShare(atMs, shortMs) > threshold)) return false;
  const share = windows.badShare(atMs, longMs);
  if (!guarded) return share > threshold;
  const events = windows.events(atMs, longMs);
  return share > threshold && sureShare(share * events, events) > threshold;
}

/** Times in which at least one of the firings goes on: what one person is called for. Sorted, apart. */
export function episodes(all: readonly Firing[]): { fromMs: number; toMs: number }[] {
  const merged: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of [...all].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1);
    if (last && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else merged.push({ fromMs, toMs });
  }
  return merged;
}
