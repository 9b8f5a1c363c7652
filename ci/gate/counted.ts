// Counters before the pairs: work that head certainly does more decides at once, the rest is shown.

import { isAccepted } from '../accept/accept.ts';
import type { Entry } from '../accept/entries.ts';
import { whyMore, withoutAccepted } from '../counters/compare.ts';
import type { Counted, CounterRow } from '../counters/result.ts';
import type { Comparison } from './compare.ts';

/**
 * The counts with sums and verdict judged after what is accepted (every differing row stays), and REGRESSION when some step
 * does more work on head that nobody accepted; null when the pairs have to decide.
 * @param today `YYYY-MM-DD`
 */
export function decideByCounters(
  counted: Counted,
  entries: readonly Entry[],
  today: string,
): { counted: Counted; comparison: Comparison | null } {
  const isAllowed = (row: CounterRow) => isAccepted({ kind: 'counter', ...row }, entries, today);
  const left = withoutAccepted(counted, isAllowed);
  const regression: Comparison = { ...NOTHING_COMPARED, verdict: 'REGRESSION', why: whyMore(left) };
  return { counted: { ...left, rows: counted.rows }, comparison: left.verdict === 'MORE' ? regression : null };
}

/** A comparison without a pair: the counters said it all. */
export const NOTHING_COMPARED = {
  effects: [],
  pairs: [],
  turns: { base: [], head: [] },
  repeated: [],
  confirmation: null,
} satisfies Omit<Comparison, 'verdict' | 'why'>;
