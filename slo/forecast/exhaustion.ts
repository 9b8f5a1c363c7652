// When a budget will be gone: what is left and the outlook in, days from now out. Pure.
import type { Outlook } from './model.ts';

/** Days from now; null: not within the days that the outlook reaches. */
export interface Exhaustion {
  /** 1 in 10 futures is earlier. */
  earliest: number | null;
  likely: number | null;
  /** 1 in 10 futures is later. */
  latest: number | null;
}

/**
 * A budget is gone by day h exactly when at least `left` was spent by then, so the interval of the spend at every distance
 * is the interval of the time: its upper end reaches `left` first, its lower end last.
 * @param left bad events that the budget still allows, above 0
 */
export function exhaustionOf({ upTo }: Outlook, left: number): Exhaustion {
  const reached = (end: 'low' | 'middle' | 'high') => {
    let [before, day] = [0, 0];
    for (const point of upTo) {
      if (point[end] >= left) return day + (left - before) / (point[end] - before);
      before = Math.max(0, point[end]);
      day++;
    }
    return null;
  };
  return { earliest: reached('high'), likely: reached('middle'), latest: reached('low') };
}
