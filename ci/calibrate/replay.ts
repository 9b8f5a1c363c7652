// Recorded pairs through the gate's own rule, as often as one likes: a source of pairs in, verdicts out. Pure.
import { anotherFits } from '../gate/budget.ts';
import { confirms, needsConfirmation } from '../gate/confirm.ts';
import { decide, type Rule, type Verdict } from '../gate/decide.ts';
import { MINUTES, REPEATS } from '../gate/defaults.ts';
import type { Judged, Recorded } from './recording.ts';

export interface Gated {
  verdict: Verdict;
  /** Pairs that counted. */
  pairs: number;
  /** From the start of the gate to its verdict, as the recording took. */
  seconds: number;
}

/** Where the pairs of a gate come from. */
export interface Source {
  /** What the counters said; undefined when nothing was counted. */
  counted(): NonNullable<Recorded['counted']> | undefined;
  pair(): Judged;
  /** Arms taking turns with the same kind of head; undefined when none was recorded: then nothing is confirmed or refuted. */
  confirmation(): NonNullable<Recorded['confirmation']> | undefined;
}

/**
 * One gate. Goes as ci/gate/gate.ts and compare.ts do: counters first; a pair that cannot be trusted is repeated, REPEATS times in all; when the
 * minutes do not allow another pair, this look is the last one; a REGRESSION by response times alone has to be confirmed.
 */
export function gateOf(source: Source, rule: Rule): Gated {
  const trusted: Recorded['pair'][] = [];
  let repeated = 0;
  const counted = source.counted();
  let recorded = source.pair();
  let seconds = recorded.openSeconds + (counted?.seconds ?? 0);
  if (counted?.verdict === 'MORE') return { verdict: 'REGRESSION', pairs: 0, seconds };
  let longest = 0;
  for (; ; recorded = source.pair()) {
    seconds += recorded.seconds;
    longest = Math.max(longest, recorded.seconds);
    const isLast = !anotherFits((MINUTES * 60 - seconds) * 1000, longest * 1000);
    if (recorded.invalid.length > 0) {
      repeated++;
      if (repeated > REPEATS || isLast) return { verdict: 'INVALID', pairs: trusted.length, seconds };
      continue;
    }
    trusted.push(recorded.pair);
    const decision = decide(trusted, rule, { isLast });
    if (!decision.verdict) continue;
    const gated = { verdict: decision.verdict, pairs: trusted.length, seconds };
    const confirmation = needsConfirmation(decision) ? source.confirmation() : undefined;
    if (!confirmation) return gated;
    gated.seconds += confirmation.seconds;
    const { effects } = decision;
    const isConfirmed = confirmation.invalid.length === 0 && confirms(effects, confirmation.slices).confirmed;
    return isConfirmed ? gated : { ...gated, verdict: 'INCONCLUSIVE' };
  }
}

/** Gates one after another over pairs as they were recorded, none used twice; the pairs left at the end make no gate. */
export function gatesAsRecorded(pairs: readonly Judged[], rule: Rule): Gated[] {
  const gates: Gated[] = [];
  const end = new Error('no pair left');
  let at = 0;
  const source: Source = {
    pair() {
      const pair = pairs[at++];
      if (!pair) throw end;
      return pair;
    },
    // What was recorded next; behind the last one there is none.
    counted: () => pairs.slice(at).find(({ counted }) => counted)?.counted ?? undefined,
    confirmation: () => pairs.slice(at - 1).find(({ confirmation }) => confirmation)?.confirmation ?? undefined,
  };
  for (;;) {
    try {
      gates.push(gateOf(source, rule));
    } catch (error) {
      if (error === end) return gates;
      throw error;
    }
  }
}
